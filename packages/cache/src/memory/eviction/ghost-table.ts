const ways = 16;
const wayBits = ways - 1;

/**
 * The hashes of the keys that were given up last, 4 bytes each, without their values: the ghost queue of S3-FIFO. A hash
 * has one bucket of 16 places, a ring written round and round, so that its rank there tells about how long ago it left.
 */
export class GhostTable {
  static readonly ranks = ways;
  #hashes = new Int32Array(ways);
  /** The place in each bucket that is written next. */
  #cursors = new Uint8Array(1);

  get capacity(): number {
    return this.#hashes.length;
  }

  remember(hash: number): void {
    const bucket = this.#bucketOf(hash);
    const cursor = this.#cursors[bucket] as number;
    this.#hashes[bucket * ways + cursor] = storedAs(hash);
    this.#cursors[bucket] = (cursor + 1) & wayBits;
  }

  /** Forgets the hash and answers its rank, 0 the newest; -1 where it is not known. */
  recall(hash: number): number {
    const hashes = this.#hashes;
    const bucket = this.#bucketOf(hash);
    const first = bucket * ways;
    const stored = storedAs(hash);
    for (let at = first; at < first + ways; at++) {
      if (hashes[at] !== stored) continue;
      hashes[at] = 0;
      return ((this.#cursors[bucket] as number) - 1 - at) & wayBits;
    }
    return -1;
  }

  resize(entries: number): void {
    const buckets = Math.max(1, Math.ceil(entries / ways));
    const { length } = this.#cursors;
    if (buckets === length) return;
    const hashes = this.#hashes;
    const cursors = this.#cursors;
    this.#hashes = new Int32Array(buckets * ways);
    this.#cursors = new Uint8Array(buckets);
    // The oldest first, so that ranks keep their order.
    for (let age = 0; age < ways; age++) {
      for (let bucket = 0; bucket < length; bucket++) {
        const hash = hashes[bucket * ways + (((cursors[bucket] as number) + age) & wayBits)] as number;
        if (hash !== 0) this.remember(hash);
      }
    }
  }

  #bucketOf(hash: number): number {
    // Below 2^31, where cutting off is the same as Math.floor, and takes a third of its instructions.
    return ((hash >>> 0) * (this.#cursors.length / 2 ** 32)) | 0;
  }
}

/** Signed, as the array gives it back; 0 is an empty place. */
function storedAs(hash: number): number {
  return hash | 0 || 1;
}
