import type { EntryDetails, Version } from '../contracts/entry.js';
import type { EntryWrite } from '../contracts/tier.js';
import type { Clock, Millis } from '../contracts/time.js';
import { COPY_ON_READ, type EntryColumns, TAGGED } from './entry-columns.js';
import type { EvictionPolicy } from './eviction/eviction-policy.js';
import type { MemoryObserver, MemoryStore, SlotOwner } from './memory-store.js';
import { none } from './slot-lists.js';

/** One row, read out. The value may have to be copied before it is handed on. */
export interface MemoryRow {
  /** Where it is, until the next write. */
  readonly slot: number;
  readonly value: unknown;
  readonly version: Version | undefined;
  readonly details: EntryDetails | undefined;
  readonly loadMillis: number | undefined;
  readonly createdAt: Millis;
  readonly freshUntil: Millis;
  readonly staleUntil: Millis;
}

/** Says what invalidations made of a row (tags/). */
export interface RowJudge {
  /** Rises with every invalidation. */
  readonly generation: number;
  judge(createdAt: Millis, tags: readonly string[]): 'valid' | 'removed' | { readonly staleSince: Millis };
}

/** The keys of one namespace in a {@link MemoryStore}: a table each, so that no read joins a key with a name. */
export class MemoryTable {
  readonly #store: MemoryStore;
  readonly #judge: RowJudge;
  #owner: SlotOwner;
  #index: SlotOwner['index'];
  /** The store's own, within one step of the hot path. */
  readonly #columns: EntryColumns;
  readonly #clock: Clock;
  readonly #policy: EvictionPolicy;

  /** `isIndexed`: entries are looked for here by their terms. */
  constructor(store: MemoryStore, observer: MemoryObserver, judge: RowJudge, isIndexed: boolean) {
    this.#store = store;
    this.#judge = judge;
    this.#owner = store.openOwner(observer, isIndexed);
    this.#index = this.#owner.index;
    this.#columns = store.columns;
    this.#clock = store.clock;
    this.#policy = store.policy;
  }

  /** Live or expired, but not yet swept. */
  get size(): number {
    return this.#index.size;
  }

  /** The value of a fresh entry, `undefined` where there is none. Every read of the cache begins here. */
  getFresh(key: string): unknown {
    const slot = this.#index.find(key);
    if (slot === none) return undefined;
    const columns = this.#columns;
    if (this.#clock.coarseNow() >= (columns.hitUntil[slot] as number)) return undefined;
    if (columns.marks[slot] !== 0) return this.#getMarked(slot);
    this.#policy.accessed(slot);
    return columns.values[slot];
  }

  /** The row of an entry that is neither expired nor doubtful. An expired one leaves, with its event. */
  row(key: string, time?: Millis): MemoryRow | undefined {
    const slot = this.#standing(this.#index.find(key));
    return slot === none || this.#columns.isDoubtful(slot) ? undefined : this.#rowAt(slot, time);
  }

  /** The row of a doubtful entry, for those who cannot ask anybody else. */
  doubtfulRow(key: string): MemoryRow | undefined {
    const slot = this.#standing(this.#index.find(key));
    return slot === none || !this.#columns.isDoubtful(slot) ? undefined : this.#rowAt(slot, undefined);
  }

  /** Until it is written anew, the entry may not be what others believe. */
  doubt(key: string): void {
    const slot = this.#index.find(key);
    if (slot !== none) this.#columns.doubt(slot);
  }

  /** Removes the entry if it is doubtful. */
  dropDoubtful(key: string): void {
    const slot = this.#index.find(key);
    if (slot !== none && this.#columns.isDoubtful(slot)) this.#store.remove(slot);
  }

  #rowAt(slot: number, time: Millis | undefined): MemoryRow | undefined {
    const columns = this.#columns;
    // Most that are not there are found out without a look at the clock.
    const now = time ?? this.#clock.now();
    if (now >= columns.staleUntilOf(slot)) {
      this.#store.expire(slot);
      return undefined;
    }
    this.#policy.accessed(slot);
    return {
      slot,
      value: this.#valueFor(slot),
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
    const index = this.#index;
    const hash = index.hashOf(key);
    const slot = this.#standing(index.findHashed(key, hash));
    if (slot !== none && now < this.#columns.staleUntilOf(slot)) {
      const wasFresh = now < (this.#columns.freshUntil[slot] as number);
      this.#store.replace(this.#owner, key, slot, write);
      return wasFresh;
    }
    if (slot !== none) {
      this.#store.expire(slot);
      // Whoever was told of it may have written the key.
      return this.put(key, write, now);
    }
    this.#store.insert(this.#owner, key, hash, write);
    return false;
  }

  /** Spares the next reader of a row that has just been read the making of its version. */
  keepVersion(slot: number, version: Version): Version {
    this.#columns.setVersion(slot, version);
    return version;
  }

  touch(key: string, freshUntil: Millis, staleUntil: Millis, refreshAt: Millis): void {
    const slot = this.#index.find(key);
    if (slot !== none) this.#store.touch(slot, freshUntil, staleUntil, refreshAt);
  }

  /** True if there was a fresh entry. */
  delete(key: string, now: Millis): boolean {
    const slot = this.#standing(this.#index.find(key));
    if (slot === none) return false;
    if (now >= this.#columns.staleUntilOf(slot)) {
      this.#store.expire(slot);
      return false;
    }
    const wasFresh = now < (this.#columns.freshUntil[slot] as number);
    this.#store.remove(slot);
    return wasFresh;
  }

  /** Takes the same time however many rows there are. */
  clear(): void {
    this.#owner = this.#store.disown(this.#owner);
    this.#index = this.#owner.index;
  }

  /** Fresh keys that were put under this term. */
  keysByTerm(name: string, value: string, now: Millis): string[] {
    const columns = this.#columns;
    const keys: string[] = [];
    for (const slot of this.#owner.terms?.slots(name, value) ?? []) {
      const key = columns.keys[slot] as string;
      if (this.#isStanding(slot) && now < (columns.freshUntil[slot] as number)) keys.push(key);
    }
    return keys;
  }

  /**
   * At most `limit` fresh keys with this prefix, or with `held` the stale ones too, looked for in `slots` slots from `from`
   * on. An entry keeps its slot as long as it lives, so one that lives through a whole listing is in it exactly once.
   */
  keysFrom(
    from: number,
    { slots, limit }: { readonly slots: number; readonly limit: number },
    prefix: string,
    now: Millis,
    held = false,
  ): { keys: string[]; next: number | undefined } {
    const columns = this.#columns;
    const { endOfSlots } = this.#store;
    const end = Math.min(from + slots, endOfSlots);
    const keys: string[] = [];
    for (let slot = from; slot < end; slot++) {
      if (keys.length === limit) return { keys, next: slot };
      const key = columns.keys[slot];
      if (key === undefined || columns.ownerOf(slot) !== this.#owner.id) continue;
      if (!key.startsWith(prefix) || !this.#isStanding(slot)) continue;
      const deadline = held ? columns.staleUntilOf(slot) : (columns.freshUntil[slot] as number);
      if (now < deadline) keys.push(key);
    }
    return { keys, next: end < endOfSlots ? end : undefined };
  }

  /** A hit on a row that is tagged, or must be copied; none on one that is doubtful. */
  #getMarked(slot: number): unknown {
    if (this.#columns.isDoubtful(slot)) return undefined;
    const isHit = this.#isStanding(slot) && this.#clock.coarseNow() < (this.#columns.hitUntil[slot] as number);
    if (!isHit) return undefined;
    this.#policy.accessed(slot);
    return this.#valueFor(slot);
  }

  #valueFor(slot: number): unknown {
    const columns = this.#columns;
    const value = columns.values[slot];
    return ((columns.marks[slot] as number) & COPY_ON_READ) === 0 ? value : this.#store.copyValue(value);
  }

  /** The slot, unless there is none or an invalidation removed what was in it. */
  #standing(slot: number): number {
    return slot !== none && this.#isStanding(slot) ? slot : none;
  }

  /**
   * False if an invalidation removed the row. Each row learns of invalidations when it is looked at: one number is
   * compared as long as there was none.
   */
  #isStanding(slot: number): boolean {
    const columns = this.#columns;
    if (((columns.marks[slot] as number) & TAGGED) === 0) return true;
    const { generation } = this.#judge;
    if (columns.judgedAt(slot) === generation) return true;
    const tags = columns.detailsOf(slot)?.tags ?? [];
    const verdict = this.#judge.judge(columns.createdAt[slot] as Millis, tags);
    if (verdict === 'removed') {
      this.#store.remove(slot);
      return false;
    }
    columns.setJudgedAt(slot, generation);
    if (verdict !== 'valid') {
      // A stamp can be ahead of the clock, and the row is stale now.
      const staleSince = Math.min(verdict.staleSince, this.#clock.coarseNow());
      const freshUntil = Math.min(columns.freshUntil[slot] as number, staleSince);
      columns.setLifetime(slot, freshUntil, columns.staleUntilOf(slot), freshUntil);
    }
    return true;
  }
}
