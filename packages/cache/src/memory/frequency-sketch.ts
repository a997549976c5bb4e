const wordsPerBlock = 16;
const countersPerBlock = 128;
const countersPerEntry = 16;
/** 4 KiB: in fewer, the keys that a cache of ten entries meets between two ageings would count for each other. */
const leastBlocks = 64;
const samplesPerEntry = 10;
const highestCount = 15;

/**
 * How often was a key asked for lately, in 8 bytes an entry: a count-min sketch of 4-bit counters. A key has four, one
 * in each quarter of one 64-byte block, so that an estimate costs one cache line. After ten additions an entry all
 * counters are halved, which is how the past fades ("reset" in Einziger, Friedman and Manes, TinyLFU: A Highly
 * Efficient Cache Admission Policy, ACM Transactions on Storage 13:4, 2017).
 */
export class FrequencySketch {
  #words = new Int32Array(leastBlocks * wordsPerBlock);
  #blocks = leastBlocks;
  #additions = 0;
  #additionsUntilAgeing = samplesPerEntry;

  /**
   * Raises only those of a key's counters that are below its new estimate (the "conservative update" of Estan and
   * Varghese, SIGCOMM 2002): keys that share a counter inflate each other far less. Answers the new estimate.
   */
  add(hash: number, times: number): number {
    const words = this.#words;
    const block = this.#blockOf(hash);
    const places = placesOf(hash);
    // Written out, not a loop: the words are read once, and this runs at every insertion.
    const first = block + ((places >>> 3) & 3);
    const second = block + 4 + ((places >>> 11) & 3);
    const third = block + 8 + ((places >>> 19) & 3);
    const fourth = block + 12 + ((places >>> 27) & 3);
    const firstShift = (places << 2) & 28;
    const secondShift = (places >>> 6) & 28;
    const thirdShift = (places >>> 14) & 28;
    const fourthShift = (places >>> 22) & 28;
    const inFirst = ((words[first] as number) >>> firstShift) & highestCount;
    const inSecond = ((words[second] as number) >>> secondShift) & highestCount;
    const inThird = ((words[third] as number) >>> thirdShift) & highestCount;
    const inFourth = ((words[fourth] as number) >>> fourthShift) & highestCount;
    // No branch: which counter is the least is a coin toss, and a processor that guesses wrong waits longer than all this.
    const before = lesser(lesser(inFirst, inSecond), lesser(inThird, inFourth));
    const after = lesser(highestCount, before + times);
    words[first] = (words[first] as number) + (excess(after, inFirst) << firstShift);
    words[second] = (words[second] as number) + (excess(after, inSecond) << secondShift);
    words[third] = (words[third] as number) + (excess(after, inThird) << thirdShift);
    words[fourth] = (words[fourth] as number) + (excess(after, inFourth) << fourthShift);
    this.#additions += after - before;
    if (this.#additions >= this.#additionsUntilAgeing) this.#age();
    return after;
  }

  /** Never below the truth since the last ageing, up to 15. */
  estimate(hash: number): number {
    const words = this.#words;
    const block = this.#blockOf(hash);
    const places = placesOf(hash);
    let least = highestCount;
    for (let row = 0; row < 4; row++) {
      const place = (places >>> (8 * row)) & 31;
      const count = ((words[block + 4 * row + (place >>> 3)] as number) >>> (4 * (place & 7))) & highestCount;
      if (count < least) least = count;
    }
    return least;
  }

  /** Blocks split and merge by ranges of hashes, so that a cache that grows keeps what it has counted. */
  resize(entries: number): void {
    this.#additionsUntilAgeing = samplesPerEntry * Math.max(1, entries);
    const blocks = Math.max(leastBlocks, Math.ceil((entries * countersPerEntry) / countersPerBlock));
    if (blocks === this.#blocks) return;
    const words = new Int32Array(blocks * wordsPerBlock);
    for (let block = 0; block < blocks; block++) {
      const from = wordsPerBlock * Math.floor((block * this.#blocks) / blocks);
      words.set(this.#words.subarray(from, from + wordsPerBlock), block * wordsPerBlock);
    }
    this.#words = words;
    this.#blocks = blocks;
  }

  get bytes(): number {
    return this.#words.byteLength;
  }

  #age(): void {
    const words = this.#words;
    for (let word = 0; word < words.length; word++) words[word] = ((words[word] as number) >>> 1) & 0x77777777;
    this.#additions >>>= 1;
  }

  #blockOf(hash: number): number {
    // Below 2^31, where cutting off is the same as Math.floor, and takes a third of its instructions.
    return wordsPerBlock * (((hash >>> 0) * (this.#blocks / 2 ** 32)) | 0);
  }
}

/** Of two small integers. */
function lesser(one: number, other: number): number {
  const difference = one - other;
  return other + (difference & (difference >> 31));
}

/** How much the one is above the other, or 0. */
function excess(one: number, other: number): number {
  const difference = one - other;
  return difference & ~(difference >> 31);
}

/** Four places of 5 bits, one a byte. Stirred again: the high bits of the hash have already chosen the block. */
function placesOf(hash: number): number {
  let places = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  places = Math.imul(places ^ (places >>> 13), 0x297a2d39);
  return places ^ (places >>> 15);
}
