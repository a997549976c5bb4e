import type { EvictionReason } from '../contracts/events.js';
import type { MemoryBounds } from '../contracts/memory.js';
import type { EntryWrite } from '../contracts/tier.js';
import type { Cancel, Clock, Millis } from '../contracts/time.js';
import { DOUBTFUL, EntryColumns, INDEXED } from './entry-columns.js';
import type { EvictionPolicy } from './eviction/eviction-policy.js';
import { ExpirySweep } from './expiry-sweep.js';
import { KeyIndex } from './key-index.js';
import { none } from './slot-lists.js';
import { TermIndex } from './term-index.js';

export interface MemoryParts extends MemoryBounds {
  readonly clock: Clock;
  readonly policy: EvictionPolicy;
  readonly hashKey: (key: string) => number;
  /** Gives a reader a value of its own. */
  readonly copyValue: (value: unknown) => unknown;
}

/** Is told what the store removed by itself, before anything else can take its place. */
export interface MemoryObserver {
  evicted(key: string, reason: EvictionReason): void;
  expired(key: string): void;
}

/** One namespace's keys and where they are. */
export interface SlotOwner {
  readonly id: number;
  readonly index: Pick<KeyIndex, 'hashOf' | 'find' | 'findHashed' | 'add' | 'delete' | 'slots' | 'size'>;
  /** `undefined` where nobody asks memory by terms. */
  readonly terms: TermIndex | undefined;
  readonly observer: MemoryObserver;
}

/** What a namespace leaves behind that was cleared: rows that nobody finds any more. */
const cleared: Omit<SlotOwner, 'id'> = Object.freeze({
  index: Object.freeze({
    hashOf: () => 0,
    find: () => none,
    findHashed: () => none,
    add: () => {},
    delete: () => {},
    slots: () => [],
    size: 0,
  }),
  terms: undefined,
  observer: Object.freeze({ evicted: () => {}, expired: () => {} }),
});

/** How many slots are looked at in one turn of the event loop for rows of a namespace that was cleared. */
const slotsPerTurn = 4_096;
/** So few rows are removed at once. */
const fewRows = 1_000;

/** What an entry takes besides its value: its row in the columns, its lists, and the place in its table. */
const rowBytes = 120;
const firstCapacity = 1_024;

/**
 * The in-process store: rows in columns, found through one table a namespace, bounded together by entries and bytes.
 * It holds what it is given; who may change a value and what a miss means is its callers' business.
 */
export class MemoryStore {
  readonly columns = new EntryColumns();
  readonly clock: Clock;
  readonly policy: EvictionPolicy;
  readonly copyValue: (value: unknown) => unknown;
  readonly #hashKey: (key: string) => number;
  readonly #owners: SlotOwner[] = [];
  readonly #freeOwners: number[] = [];
  /** Namespaces that were cleared, and the slot from which on their rows are still there. */
  readonly #cleared: { readonly owner: number; from: number }[] = [];
  #cancelSweepUp: Cancel | undefined;
  readonly #sweep: ExpirySweep;
  #nextSlot = 1;
  /** Free slots are a chain through the column of sizes: an array of them would be copied whole as it grows. */
  #firstFree = none;
  #bounds: MemoryBounds;
  entries = 0;
  bytes = 0;
  readonly evictions: Record<EvictionReason, number> = { entries: 0, bytes: 0, 'too-large': 0 };
  expirations = 0;

  constructor({ clock, policy, hashKey, copyValue, maxEntries, maxBytes }: MemoryParts) {
    this.clock = clock;
    this.policy = policy;
    this.copyValue = copyValue;
    this.#hashKey = hashKey;
    this.#bounds = { maxEntries, maxBytes };
    this.#sweep = new ExpirySweep(clock, {
      deadlineOf: (slot) => this.columns.staleUntilOf(slot),
      expire: (slot) => this.expire(slot),
    });
    policy.resized(maxEntries);
  }

  openOwner(observer: MemoryObserver, isIndexed: boolean): SlotOwner {
    const id = this.#freeOwners.pop() ?? this.#owners.length;
    const terms = isIndexed ? new TermIndex() : undefined;
    const owner = { id, index: new KeyIndex(this.#hashKey, this.columns), terms, observer };
    this.#owners[id] = owner;
    return owner;
  }

  /**
   * Takes all rows from `owner` at once, however many there are; the answer takes its place. The rows themselves are
   * removed in steps, without events.
   */
  disown(owner: SlotOwner): SlotOwner {
    if (owner.index.size <= fewRows) {
      for (const slot of owner.index.slots()) this.remove(slot);
      return owner;
    }
    this.#owners[owner.id] = { ...cleared, id: owner.id };
    this.#cleared.push({ owner: owner.id, from: 1 });
    if (this.#cleared.length === 1) this.#sweepUpInTurns();
    return this.openOwner(owner.observer, owner.terms !== undefined);
  }

  get bounds(): MemoryBounds {
    return this.#bounds;
  }

  /** Changes the bounds at run time; what no longer fits leaves at once. */
  resize(bounds: MemoryBounds): void {
    this.#bounds = bounds;
    this.policy.resized(bounds.maxEntries);
    this.#evictOverflow();
  }

  /** The slot of a new key, filled. It may be evicted before this returns. */
  insert(owner: SlotOwner, key: string, hash: number, write: EntryWrite): void {
    const size = this.#sizeOf(key, write);
    if (size > this.#bounds.maxBytes) {
      this.#refuse(owner, key);
      return;
    }
    const slot = this.#firstFree === none ? this.#newSlot() : this.#freeSlot();
    this.columns.setKey(slot, key, hash);
    this.columns.setOwner(slot, owner.id);
    owner.index.add(hash, slot);
    this.columns.fill(slot, write, size);
    if (owner.terms !== undefined) this.#addTerms(owner.terms, slot);
    this.#sweep.schedule(slot, write.staleUntil);
    this.entries++;
    this.bytes += size;
    this.policy.added(slot, hash);
    if (this.#isOverflowing()) this.#evictOverflow();
  }

  /** Puts another entry of the same key into its slot. */
  replace(owner: SlotOwner, key: string, slot: number, write: EntryWrite): void {
    const size = this.#sizeOf(key, write);
    if (size > this.#bounds.maxBytes) {
      this.remove(slot);
      this.#refuse(owner, key);
      return;
    }
    this.bytes += size - (this.columns.sizes[slot] as number);
    if (owner.terms !== undefined) this.#removeTerms(owner.terms, slot);
    this.columns.fill(slot, write, size);
    if (owner.terms !== undefined) this.#addTerms(owner.terms, slot);
    this.#sweep.reschedule(slot, write.staleUntil);
    // That an entry is loaded anew does not say that anybody wants it.
    if (write.loadMillis === undefined) this.policy.accessed(slot);
    if (this.#isOverflowing()) this.#evictOverflow();
  }

  /** Gives an entry another life. */
  touch(slot: number, freshUntil: Millis, staleUntil: Millis, refreshAt: Millis): void {
    this.columns.setLifetime(slot, freshUntil, staleUntil, refreshAt);
    this.#sweep.reschedule(slot, staleUntil);
  }

  /** Every entry that is here. One pass over a column of bytes: some milliseconds for ten million. */
  doubtAll(): void {
    const { marks } = this.columns;
    for (let slot = 1; slot < this.#nextSlot; slot++) marks[slot] = (marks[slot] as number) | DOUBTFUL;
  }

  remove(slot: number): void {
    this.policy.removed(slot);
    this.#release(slot, this.#ownerOf(slot));
  }

  expire(slot: number): void {
    const key = this.columns.keys[slot] as string;
    const owner = this.#ownerOf(slot);
    this.remove(slot);
    if (owner.observer === cleared.observer) return;
    this.expirations++;
    owner.observer.expired(key);
  }

  /** The clock was put forward, or back, by so much: so were, with `movesTimes`, the times of what is held. */
  clockStepped(by: Millis, movesTimes: boolean): void {
    if (movesTimes) this.columns.shiftTimes(by, this.#nextSlot);
    this.#sweep.clockStepped();
  }

  /** Removes at most `limit` expired entries; answers how many, and 0 only if none is left. */
  prune(limit: number, now: Millis): number {
    const before = this.expirations;
    while (this.#sweep.advance(now, limit) && this.expirations === before);
    return this.expirations - before;
  }

  clear(): void {
    for (const owner of this.#owners) {
      for (const slot of owner.index.slots()) this.remove(slot);
    }
  }

  /** Empties it, and leaves no timer behind. */
  close(): void {
    while (this.#cleared.length > 0) this.#sweepUpSome();
    this.#cancelSweepUp?.();
    this.clear();
    this.#sweep.stop();
  }

  /** One past the highest slot in use: where a listing ends. */
  get endOfSlots(): number {
    return this.#nextSlot;
  }

  #sizeOf(key: string, write: EntryWrite): number {
    return rowBytes + 2 * key.length + write.survey.size;
  }

  #refuse(owner: SlotOwner, key: string): void {
    this.evictions['too-large']++;
    owner.observer.evicted(key, 'too-large');
  }

  #freeSlot(): number {
    const slot = this.#firstFree;
    this.#firstFree = this.columns.sizes[slot] as number;
    return slot;
  }

  #newSlot(): number {
    const slot = this.#nextSlot++;
    if (slot >= this.columns.capacity) {
      const capacity = this.#nextCapacity();
      this.columns.grow(capacity);
      this.policy.grown(capacity);
      this.#sweep.grow(capacity);
    }
    return slot;
  }

  /** Twice as much, but no more than the bound can fill: one slot over it while an entry waits for its victim. */
  #nextCapacity(): number {
    const doubled = Math.max(firstCapacity, 2 * this.columns.capacity);
    const enough = this.#bounds.maxEntries + 2;
    return enough > this.columns.capacity ? Math.min(doubled, enough) : doubled;
  }

  #release(slot: number, owner: SlotOwner): void {
    const { columns } = this;
    owner.index.delete(columns.hashes[slot] as number, slot);
    if (owner.terms !== undefined) this.#removeTerms(owner.terms, slot);
    this.#sweep.cancel(slot);
    this.entries--;
    this.bytes -= columns.sizes[slot] as number;
    columns.empty(slot);
    columns.sizes[slot] = this.#firstFree;
    this.#firstFree = slot;
  }

  #ownerOf(slot: number): SlotOwner {
    return this.#owners[this.columns.ownerOf(slot)] as SlotOwner;
  }

  #addTerms(terms: TermIndex, slot: number): void {
    if (((this.columns.marks[slot] as number) & INDEXED) === 0) return;
    terms.add(slot, this.columns.detailsOf(slot)?.indexes ?? {});
  }

  #removeTerms(terms: TermIndex, slot: number): void {
    if (((this.columns.marks[slot] as number) & INDEXED) === 0) return;
    terms.remove(slot, this.columns.detailsOf(slot)?.indexes ?? {});
  }

  #sweepUpInTurns(): void {
    this.#sweepUpSome();
    this.#cancelSweepUp = this.#cleared.length > 0 ? this.clock.schedule(() => this.#sweepUpInTurns(), 0) : undefined;
  }

  /** A row of the owner that was cleared may be anywhere, but none comes to it any more: one pass finds all. */
  #sweepUpSome(): void {
    const sweep = this.#cleared[0];
    if (sweep === undefined) return;
    const end = Math.min(sweep.from + slotsPerTurn, this.#nextSlot);
    for (let slot = sweep.from; slot < end; slot++) {
      if (this.columns.keys[slot] !== undefined && this.columns.ownerOf(slot) === sweep.owner) this.remove(slot);
    }
    sweep.from = end;
    if (end < this.#nextSlot) return;
    this.#cleared.shift();
    this.#freeOwners.push(sweep.owner);
  }

  #isOverflowing(): boolean {
    return this.entries > this.#bounds.maxEntries || this.bytes > this.#bounds.maxBytes;
  }

  #evictOverflow(): void {
    while (this.#isOverflowing()) {
      // No entry gives way for a row that nobody finds.
      if (this.#cleared.length > 0) {
        this.#sweepUpSome();
        continue;
      }
      const reason = this.entries > this.#bounds.maxEntries ? 'entries' : 'bytes';
      const slot = this.policy.victim();
      if (slot === -1) return;
      const key = this.columns.keys[slot] as string;
      const owner = this.#ownerOf(slot);
      this.#release(slot, owner);
      this.evictions[reason]++;
      owner.observer.evicted(key, reason);
    }
  }
}
