import type { EntryDetails, Version } from '../contracts/entry.js';
import type { EntryWrite } from '../contracts/tier.js';
import type { Millis } from '../contracts/time.js';
import type { KeyIndex } from './key-index.js';
import type { MemoryObserver, MemoryStore, SlotOwner } from './memory-store.js';

/** One row, read out. The value may have to be copied before it is handed on. */
export interface MemoryRow {
  readonly value: unknown;
  readonly version: Version | undefined;
  readonly details: EntryDetails | undefined;
  readonly loadMillis: number | undefined;
  readonly createdAt: Millis;
  readonly freshUntil: Millis;
  readonly staleUntil: Millis;
}

/** The keys of one namespace in a {@link MemoryStore}: a table each, so that no read joins a key with a name. */
export class MemoryTable {
  readonly #store: MemoryStore;
  readonly #owner: SlotOwner;
  readonly #slots: KeyIndex;

  constructor(store: MemoryStore, observer: MemoryObserver) {
    this.#store = store;
    this.#owner = store.openOwner(observer);
    this.#slots = this.#owner.slots;
  }

  /** Live or expired, but not yet swept. */
  get size(): number {
    return this.#slots.size;
  }

  /** The value of a fresh entry, `undefined` where there is none. Every read of the cache begins here. */
  getFresh(key: string): unknown {
    const slot = this.#slots.get(key);
    if (slot === undefined) return undefined;
    const store = this.#store;
    const { columns } = store;
    if (store.clock.coarseNow() >= (columns.freshUntil[slot] as number)) return undefined;
    store.policy.accessed(slot);
    const value = columns.values[slot];
    return columns.copyOnRead[slot] === 0 ? value : store.copyValue(value);
  }

  /** The row of an entry that is not expired. An expired one leaves, with its event. */
  row(key: string, now: Millis): MemoryRow | undefined {
    const slot = this.#slots.get(key);
    if (slot === undefined) return undefined;
    const { columns } = this.#store;
    if (now >= columns.staleUntilOf(slot)) {
      this.#store.expire(slot);
      return undefined;
    }
    this.#store.policy.accessed(slot);
    const value = columns.values[slot];
    return {
      value: columns.copyOnRead[slot] === 0 ? value : this.#store.copyValue(value),
      version: columns.versionOf(slot),
      details: columns.detailsOf(slot),
      loadMillis: columns.loadMillisOf(slot),
      createdAt: columns.createdAt[slot] as Millis,
      freshUntil: columns.freshUntil[slot] as Millis,
      staleUntil: columns.staleUntilOf(slot),
    };
  }

  /**
   * Answers whether there was a fresh entry. An expired predecessor leaves first, so that its event comes before the
   * replacement can be seen.
   */
  put(key: string, write: EntryWrite, now: Millis): boolean {
    const slot = this.#slots.get(key);
    if (slot !== undefined && now < this.#store.columns.staleUntilOf(slot)) {
      const wasFresh = now < (this.#store.columns.freshUntil[slot] as number);
      this.#store.replace(this.#owner, key, slot, write);
      return wasFresh;
    }
    if (slot !== undefined) this.#store.expire(slot);
    this.#store.insert(this.#owner, key, write);
    return false;
  }

  touch(key: string, freshUntil: Millis, staleUntil: Millis): void {
    const slot = this.#slots.get(key);
    if (slot !== undefined) this.#store.touch(slot, freshUntil, staleUntil);
  }

  /** True if there was a fresh entry. */
  delete(key: string, now: Millis): boolean {
    const slot = this.#slots.get(key);
    if (slot === undefined) return false;
    if (now >= this.#store.columns.staleUntilOf(slot)) {
      this.#store.expire(slot);
      return false;
    }
    const wasFresh = now < (this.#store.columns.freshUntil[slot] as number);
    this.#store.remove(slot);
    return wasFresh;
  }

  clear(): void {
    for (const slot of this.#slots.slots()) this.#store.remove(slot);
  }

  /**
   * Fresh keys with this prefix, looked for in `limit` slots from `from` on. An entry keeps its slot as long as it
   * lives, so one that lives through a whole listing is in it exactly once.
   */
  keysFrom(from: number, limit: number, prefix: string, now: Millis): { keys: string[]; next: number | undefined } {
    const { columns, endOfSlots } = this.#store;
    const end = Math.min(from + limit, endOfSlots);
    const keys: string[] = [];
    for (let slot = from; slot < end; slot++) {
      const key = columns.keys[slot];
      if (key === undefined || columns.ownerOf(slot) !== this.#owner.id) continue;
      if (now < (columns.freshUntil[slot] as number) && key.startsWith(prefix)) keys.push(key);
    }
    return { keys, next: end < endOfSlots ? end : undefined };
  }
}
