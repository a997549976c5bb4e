const wordsPerBlock = 16;
const countersPerBlock = 128;
const countersPerEntry = 16;
/** 4 KiB: in fewer, the keys that a cache of ten entries meets between two ageings would count for each other. */
const leastBlocks = 64;
const samplesPerEntry = 10;
const highestCount = 15;

/**
 * How often was a key asked for lately, in 8 to 16 bytes an entry: a count-min sketch of 4-bit counters. A key has
 * four, one in each quarter of one 64-byte block, so that an estimate costs one cache line. After ten additions an entry
 * all counters are halved, which is how the past fades ("reset" in Einziger, Friedman and Manes, TinyLFU: A Highly
 * Efficient Cache Admission Policy, ACM Transactions on Storage 13:4, 2017).
 */
export class FrequencySketch {
  #words = new Int32Array(leastBlocks * wordsPerBlock);
  /** The highest bits of a hash are its block. */
  #shift = shiftFor(leastBlocks);
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
    const second = block + 4 + ((places >>> 8) & 3);
    const third = block + 8 + ((places >>> 13) & 3);
    const fourth = block + 12 + (places >>> 18);
    const firstShift = (places << 2) & 28;
    const secondShift = (places >>> 3) & 28;
    const thirdShift = (places >>> 8) & 28;
    const fourthShift = (places >>> 13) & 28;
    const firstWord = words[first] as number;
    const secondWord = words[second] as number;
    const thirdWord = words[third] as number;
    const fourthWord = words[fourth] as number;
    const inFirst = (firstWord >>> firstShift) & highestCount;
    const inSecond = (secondWord >>> secondShift) & highestCount;
    const inThird = (thirdWord >>> thirdShift) & highestCount;
    const inFourth = (fourthWord >>> fourthShift) & highestCount;
    // No branch: which counter is the least is a coin toss, and a processor that guesses wrong waits longer than all this.
    const before = lesser(lesser(inFirst, inSecond), lesser(inThird, inFourth));
    const after = lesser(highestCount, before + times);
    words[first] = firstWord + (excess(after, inFirst) << firstShift);
    words[second] = secondWord + (excess(after, inSecond) << secondShift);
    words[third] = thirdWord + (excess(after, inThird) << thirdShift);
    words[fourth] = fourthWord + (excess(after, inFourth) << fourthShift);
    this.#additions += after - before;
    if (this.#additions >= this.#additionsUntilAgeing) this.#age();
    return after;
  }

  /** Never below the truth since the last ageing, up to 15. */
  estimate(hash: number): number {
    const words = this.#words;
    const block = this.#blockOf(hash);
    const places = placesOf(hash);
    const inFirst = (words[block + ((places >>> 3) & 3)] as number) >>> ((places << 2) & 28);
    const inSecond = (words[block + 4 + ((places >>> 8) & 3)] as number) >>> ((places >>> 3) & 28);
    const inThird = (words[block + 8 + ((places >>> 13) & 3)] as number) >>> ((places >>> 8) & 28);
    const inFourth = (words[block + 12 + (places >>> 18)] as number) >>> ((places >>> 13) & 28);
    const ofHalf = lesser(inFirst & highestCount, inSecond & highestCount);
    return lesser(ofHalf, lesser(inThird & highestCount, inFourth & highestCount));
  }

  /** Blocks split and merge by ranges of hashes, so that a cache that grows keeps what it has counted. */
  resize(entries: number): void {
    this.#additionsUntilAgeing = samplesPerEntry * Math.max(1, entries);
    const before = this.#words;
    const blocks = blocksFor(entries);
    const blocksBefore = before.length / wordsPerBlock;
    if (blocks === blocksBefore) return;
    const words = new Int32Array(blocks * wordsPerBlock);
    for (let block = 0; block < blocks; block++) {
      const from = wordsPerBlock * Math.floor((block * blocksBefore) / blocks);
      // Word by word: a view of each block takes ten times as long to make as to copy.
      for (let word = 0; word < wordsPerBlock; word++)
        words[wordsPerBlock * block + word] = before[from + word] as number;
    }
    this.#words = words;
    this.#shift = shiftFor(blocks);
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
    return wordsPerBlock * (hash >>> this.#shift);
  }
}

/** The power of two above. */
function blocksFor(entries: number): number {
  const enough = (entries * countersPerEntry) / countersPerBlock;
  return enough <= leastBlocks ? leastBlocks : 2 ** Math.ceil(Math.log2(enough));
}

function shiftFor(blocks: number): number {
  return 32 - Math.log2(blocks);
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

/** Four places of 5 bits. Stirred: the highest bits of the hash have already chosen the block. */
function placesOf(hash: number): number {
  return Math.imul(hash, 0x9e3779b1) >>> 12;
}
