/**
 * Decides which slot gives way when the memory store is over a bound. It knows slots and hashes of keys, never keys,
 * values or bytes: the store asks for victims until all its bounds hold.
 */
export interface EvictionPolicy {
  /** A slot was filled with a new key. */
  added(slot: number, hash: number): void;
  /** A read or an overwrite met the slot. The hot path: allocates nothing. */
  accessed(slot: number): void;
  /** A slot was emptied for another reason than {@link EvictionPolicy.victim}. */
  removed(slot: number): void;
  /** Forgets and answers the slot to give up next, perhaps the one just added; -1 when there is none. */
  victim(): number;
  /** The bound on entries is now this. */
  resized(maxEntries: number): void;
  /** The store now has this many slots. */
  grown(slots: number): void;
}
