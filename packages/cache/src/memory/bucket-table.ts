import { none } from './slot-lists.js';

/** Stands where a bucket was emptied that lookups must still go past. */
const moved = -1;

/**
 * An open-addressed hash table in one typed array, with linear probing (Knuth, The Art of Computer Programming 3, 6.4,
 * algorithms L and R). A bucket is a hash and a slot side by side, so that a lookup that finds nothing, as a rule,
 * reads one cache line and no key.
 */
export class BucketTable {
  readonly #words: Int32Array;
  /** Of those words: a bucket begins at each even one. */
  readonly #mask: number;
  size = 0;

  /** A power of two. */
  constructor(buckets: number) {
    this.#words = new Int32Array(2 * buckets);
    this.#mask = 2 * buckets - 1;
  }

  /** What is where, for tests. */
  get words(): Readonly<Int32Array> {
    return this.#words;
  }

  get buckets(): number {
    return this.#words.length / 2;
  }

  find(key: string, hash: number, keys: readonly (string | undefined)[]): number {
    const words = this.#words;
    const mask = this.#mask;
    for (let at = (hash << 1) & mask; ; at = (at + 2) & mask) {
      const slot = words[at + 1] as number;
      if (slot === none) return none;
      if (words[at] === hash && slot !== moved && keys[slot] === key) return slot;
    }
  }

  /** There must be room for one more than that. */
  add(hash: number, slot: number): void {
    const words = this.#words;
    const mask = this.#mask;
    let at = (hash << 1) & mask;
    while (words[at + 1] !== none) at = (at + 2) & mask;
    words[at] = hash;
    words[at + 1] = slot;
    this.size++;
  }

  /** Moves those after it that were meant to lie nearer, so that no lookup meets a gap. */
  delete(hash: number, slot: number): void {
    const words = this.#words;
    const mask = this.#mask;
    let gap = this.#placeOf(hash, slot);
    for (let at = (gap + 2) & mask; words[at + 1] !== none; at = (at + 2) & mask) {
      const fromHome = (at - ((words[at] as number) << 1)) & mask;
      if (fromHome < ((at - gap) & mask)) continue;
      words[gap] = words[at] as number;
      words[gap + 1] = words[at + 1] as number;
      gap = at;
    }
    words[gap + 1] = none;
    this.size--;
  }

  /** For a table that is being left: no other bucket moves. Answers whether the slot was there. */
  leave(hash: number, slot: number): boolean {
    const at = this.#placeOf(hash, slot);
    if (at === -1) return false;
    this.#words[at + 1] = moved;
    this.size--;
    return true;
  }

  /** As {@link BucketTable.leave} for all slots in so many buckets, which go to `other`. */
  moveTo(other: BucketTable, from: number, buckets: number): void {
    const words = this.#words;
    const end = Math.min(words.length, 2 * (from + buckets));
    for (let at = 2 * from; at < end; at += 2) {
      const slot = words[at + 1] as number;
      if (slot === none || slot === moved) continue;
      other.add(words[at] as number, slot);
      words[at + 1] = moved;
      this.size--;
    }
  }

  *slots(): Generator<number> {
    const words = this.#words;
    for (let at = 1; at < words.length; at += 2) {
      const slot = words[at] as number;
      if (slot !== none && slot !== moved) yield slot;
    }
  }

  #placeOf(hash: number, slot: number): number {
    const words = this.#words;
    const mask = this.#mask;
    for (let at = (hash << 1) & mask; ; at = (at + 2) & mask) {
      const found = words[at + 1];
      if (found === slot) return at;
      if (found === none) return -1;
    }
  }
}
