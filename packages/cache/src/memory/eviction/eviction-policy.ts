/**
 * Decides which slot gives way when the memory store is over a bound. It knows slots and hashes of keys, never keys,
 * values or bytes: the store asks for victims until all its bounds hold.
 */
export interface EvictionPolicy {
  /** Its queues by name, for `inspect()` and for tests. */
  readonly queues: Readonly<Record<string, { readonly size: number }>>;
  /** A slot was filled with a new key. The hash is a signed 32-bit number. */
  added(slot: number, hash: number): void;
  /** A read or an overwrite met the slot. The hot path: allocates nothing. */
  accessed(slot: number): void;
  /** A slot was emptied for another reason than {@link EvictionPolicy.victim}. */
  removed(slot: number): void;
  /** Forgets and answers the slot to give up next, perhaps the one just added; -1 when there is none. */
  victim(): number;
  /** The bound on entries is now this; `Infinity` where only bytes bound the store. */
  resized(maxEntries: number): void;
  /** The store now has this many slots, the never used slot 0 among them. */
  grown(slots: number): void;
}
