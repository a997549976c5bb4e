/** What a word says besides its hash: that it is one, in bit 9, and in which unit of time it was written. */
const stampBits = 1_023;
const written = 512;
const unitBits = 511;
/** So many that the place tells the bits of the hash whose place in the word the stamp takes. */
const leastPlaces = 1_024;
const leastCapacity = 16;
const unitsPerCapacity = 16;

/**
 * The hashes of the keys that were given up last, without their values: the ghost queue of S3-FIFO. A hash has one
 * place, where the next one with the same low bits overwrites it, so that remembering and looking cost one word each.
 * Time is counted in keys given up, and told to a sixteenth of the capacity; what left longer ago than the capacity is
 * no longer known.
 */
export class GhostTable {
  #words = new Int32Array(leastPlaces);
  #capacity = leastCapacity;
  /** So many keys given up are one unit of time. */
  #unit = 1;
  #leftOfUnit = 1;
  #stamp = written;

  get capacity(): number {
    return this.#capacity;
  }

  get bytes(): number {
    return this.#words.byteLength;
  }

  remember(hash: number): void {
    if (this.#leftOfUnit === 0) this.#beginUnit();
    this.#leftOfUnit--;
    const words = this.#words;
    words[hash & (words.length - 1)] = (hash & ~stampBits) | this.#stamp;
  }

  /** Forgets the hash and answers about how many were given up since; -1 where it is not known. */
  recall(hash: number): number {
    const words = this.#words;
    const at = hash & (words.length - 1);
    const word = words[at] as number;
    return ((word ^ hash) & ~stampBits) !== 0 || word === 0 ? -1 : this.#take(at, word);
  }

  #take(at: number, word: number): number {
    this.#words[at] = 0;
    const since = this.#unitsSince(word) * this.#unit;
    return since < this.#capacity ? since : -1;
  }

  /** Where two have the same place then, one of them is forgotten. */
  resize(entries: number): void {
    const capacity = Math.max(leastCapacity, Math.ceil(entries));
    if (capacity === this.#capacity) return;
    const before = this.#words;
    const unitBefore = this.#unit;
    this.#words = new Int32Array(Math.max(leastPlaces, 2 ** Math.ceil(Math.log2(capacity))));
    this.#capacity = capacity;
    this.#unit = Math.ceil(capacity / unitsPerCapacity);
    this.#leftOfUnit = this.#unit;
    for (let at = 0; at < before.length; at++) {
      const word = before[at] as number;
      const age = this.#unitsSince(word) * unitBefore;
      if (word === 0 || age >= capacity) continue;
      const stamp = written | ((this.#stamp - Math.floor(age / this.#unit)) & unitBits);
      const hash = (word & ~stampBits) | (at & stampBits);
      this.#words[hash & (this.#words.length - 1)] = (hash & ~stampBits) | stamp;
    }
  }

  #beginUnit(): void {
    this.#leftOfUnit = this.#unit;
    this.#stamp = written | ((this.#stamp + 1) & unitBits);
  }

  /** Units come round after 512, which is 32 times the capacity: hardly a word is that old. */
  #unitsSince(word: number): number {
    return (this.#stamp - word) & unitBits;
  }
}
