import { SlotLinks, SlotList } from '../slot-lists.js';
import type { EvictionPolicy } from './eviction-policy.js';
import { GhostTable } from './ghost-table.js';

/** A slot's mark: its hits, up to three, in bits 0-1, and whether it is in the main queue in bit 2. */
const hitBits = 3;
const inMain = 4;

const smallShare = 0.1;
/** As many as the main queue has entries, and half as many again, because one overwrites another before its time. */
const ghostsPerEntry = 1.5 * (1 - smallShare);

/**
 * S3-FIFO (Yang, Zhang, Qiu, Yue and Rashmi, FIFO Queues are All You Need for Cache Eviction, SOSP 2023). A small queue
 * lets what is asked for once pass quickly; what was hit there more than once, or is back among the ghosts, goes to the
 * main queue, which gives each hit one more round. A hit only counts, so this is the cheapest policy.
 *
 * Where every entry of the main queue was hit three times, one eviction walks it three times over.
 */
export class S3Fifo implements EvictionPolicy {
  readonly #links = new SlotLinks();
  readonly #small = new SlotList(this.#links);
  readonly #main = new SlotList(this.#links);
  readonly #ghosts = new GhostTable();
  #marks = new Uint8Array(1);
  #hashes = new Int32Array(1);
  #maxEntries = Number.POSITIVE_INFINITY;

  /** What is where, for `inspect()` and for tests. */
  get queues(): Readonly<Record<'small' | 'main', SlotList>> {
    return { small: this.#small, main: this.#main };
  }

  added(slot: number, hash: number): void {
    this.#hashes[slot] = hash;
    if (this.#ghosts.recall(hash) === -1) this.#enter(this.#small, slot, 0);
    else this.#enter(this.#main, slot, inMain);
  }

  accessed(slot: number): void {
    const mark = this.#marks[slot] as number;
    if ((mark & hitBits) < hitBits) this.#marks[slot] = mark + 1;
  }

  removed(slot: number): void {
    const list = ((this.#marks[slot] as number) & inMain) === 0 ? this.#small : this.#main;
    list.remove(slot);
  }

  victim(): number {
    const staying = this.#small.size + this.#main.size - 1;
    if (staying < 0) return -1;
    const smallSize = Math.max(Math.min(1, staying), Math.floor(smallShare * staying));
    while (this.#small.size > smallSize) {
      const slot = this.#small.tail;
      this.#small.remove(slot);
      if ((this.#marks[slot] as number) <= 1) {
        this.#ghosts.remember(this.#hashes[slot] as number);
        return slot;
      }
      this.#enter(this.#main, slot, inMain);
    }
    return this.#leastOfMain();
  }

  resized(maxEntries: number): void {
    this.#maxEntries = maxEntries;
    this.#fitGhosts();
  }

  grown(slots: number): void {
    this.#links.grow(slots);
    const marks = new Uint8Array(slots);
    marks.set(this.#marks);
    this.#marks = marks;
    const hashes = new Int32Array(slots);
    hashes.set(this.#hashes);
    this.#hashes = hashes;
    this.#fitGhosts();
  }

  #fitGhosts(): void {
    this.#ghosts.resize(ghostsPerEntry * Math.min(this.#maxEntries, this.#marks.length - 1));
  }

  /** Ends: each round takes a hit from every slot. */
  #leastOfMain(): number {
    for (;;) {
      const slot = this.#main.tail;
      this.#main.remove(slot);
      const mark = this.#marks[slot] as number;
      if ((mark & hitBits) === 0) return slot;
      this.#enter(this.#main, slot, mark - 1);
    }
  }

  #enter(list: SlotList, slot: number, mark: number): void {
    this.#marks[slot] = mark;
    list.pushHead(slot);
  }
}
