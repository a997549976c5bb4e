import { FrequencySketch } from '../frequency-sketch.js';
import { none, SlotLinks, SlotList } from '../slot-lists.js';
import type { EvictionPolicy } from './eviction-policy.js';
import { GhostTable } from './ghost-table.js';
import { HillClimber } from './hill-climber.js';

/** A slot's mark: its list in bits 0-1, whether it came back from the ghosts in bit 2, its hits in bits 4-7. */
const inWindow = 1;
const inProbation = 2;
const inProtected = 3;
const listBits = 3;
const cameBack = 4;
const oneHit = 16;
const mostHits = 240;
const hitShift = 4;

const protectedShare = 0.5;
/** More than one, because one overwrites another before its time. */
const ghostsPerEntry = 1.2;
/** A ghost no older than this would still be an entry if the window had been an eighth of the cache larger. */
const youngShare = 1 / 8;
/** An entry that was hit is spared; but no eviction may walk the whole cache, so after so many the next one goes. */
const mostSpared = 16;
/** The request that brought the candidate in is no sign that it is popular. */
const ownRequest = 1;

/**
 * Adaptive W-TinyLFU (Einziger, Friedman and Manes, TinyLFU, ACM Transactions on Storage 13:4, 2017; Einziger, Eytan,
 * Friedman and Manes, Adaptive Software Cache Management, Middleware 2018) with the lazy promotion and the ghosts of
 * S3-FIFO (Yang, Zhang, Qiu, Yue and Rashmi, FIFO Queues are All You Need for Cache Eviction, SOSP 2023).
 *
 * A new key enters the window. At the window's end it gets a place in the main part if it had been given up and is back
 * soon (a ghost), or if it is asked for more often than the entry that would have to go for it. The main part is
 * segmented: what is hit in probation becomes protected, what is not goes.
 *
 * A hit is only counted on its slot. Lists and sketch learn of it when a victim is sought.
 */
export class WindowTinyLfu implements EvictionPolicy {
  readonly #links = new SlotLinks();
  readonly #window = new SlotList(this.#links);
  readonly #probation = new SlotList(this.#links);
  readonly #protected = new SlotList(this.#links);
  readonly #sketch = new FrequencySketch();
  readonly #ghosts = new GhostTable();
  readonly #climber = new HillClimber();
  #marks = new Uint8Array(1);
  #hashes = new Int32Array(1);
  #maxEntries = Number.POSITIVE_INFINITY;

  /** How many entries belong in the window now, for statistics. */
  get windowSize(): number {
    return this.#climber.windowOf(this.#size());
  }

  /** What is where, for `inspect()` and for tests. */
  get queues(): Readonly<Record<'window' | 'probation' | 'protected', SlotList>> {
    return { window: this.#window, probation: this.#probation, protected: this.#protected };
  }

  added(slot: number, hash: number): void {
    this.#fillMain();
    const since = this.#ghosts.recall(hash);
    if (since !== -1 && since < this.#youngAge()) this.#climber.vote(1, this.#size());
    this.#hashes[slot] = hash;
    this.#marks[slot] = since === -1 ? inWindow : inWindow | cameBack;
    this.#window.pushHead(slot);
  }

  accessed(slot: number): void {
    const mark = this.#marks[slot] as number;
    if (mark < mostHits) this.#marks[slot] = mark + oneHit;
  }

  removed(slot: number): void {
    this.#listOf(slot).remove(slot);
  }

  victim(): number {
    const staying = this.#size() - 1;
    if (staying < 0) return -1;
    const windowSize = this.#climber.windowOf(staying);
    while (this.#window.size > windowSize + 1) this.#admitUnopposed();
    if (this.#window.size <= windowSize) return this.#giveUp(this.#leastOfMain());

    const candidate = this.#window.tail;
    const rival = this.#leastOfMain();
    this.#window.removeTail();
    if (!this.#beats(candidate, rival)) {
      this.#ghosts.remember(this.#hashes[candidate] as number);
      return candidate;
    }
    this.#enter(this.#probation, candidate, inProbation);
    return this.#giveUp(rival);
  }

  resized(maxEntries: number): void {
    this.#maxEntries = maxEntries;
    this.#fitHistory();
  }

  grown(slots: number): void {
    this.#links.grow(slots);
    const marks = new Uint8Array(slots);
    marks.set(this.#marks);
    this.#marks = marks;
    const hashes = new Int32Array(slots);
    hashes.set(this.#hashes);
    this.#hashes = hashes;
    this.#fitHistory();
  }

  /** A method, as all of these: V8 asks a private getter by a call out of compiled code, and each set asks twice. */
  #size(): number {
    return this.#window.size + this.#probation.size + this.#protected.size;
  }

  #fitHistory(): void {
    const entries = Math.min(this.#maxEntries, this.#marks.length - 1);
    this.#sketch.resize(entries);
    this.#ghosts.resize(ghostsPerEntry * entries);
  }

  /**
   * Whatever is here between two calls of the store fits its bounds, so the window's surplus may enter the main part
   * unopposed: while the cache fills, after removals, and when the window has shrunk. Two at a time keep pace with a
   * cache that grows by one.
   */
  #fillMain(): void {
    const windowSize = this.#climber.windowOf(this.#size());
    for (let moves = 0; moves < 2 && this.#window.size > windowSize; moves++) this.#admitUnopposed();
  }

  #admitUnopposed(): void {
    const slot = this.#window.tail;
    this.#countRequests(slot);
    this.#window.removeTail();
    this.#enter(this.#probation, slot, inProbation);
  }

  #beats(candidate: number, rival: number): boolean {
    const others = this.#countRequests(candidate) - ownRequest;
    if (rival === none) return false;
    if (((this.#marks[candidate] as number) & cameBack) !== 0) return true;
    return others > 0 && others > this.#sketch.estimate(this.#hashes[rival] as number);
  }

  #giveUp(slot: number): number {
    this.#listOf(slot).remove(slot);
    return slot;
  }

  #leastOfMain(): number {
    for (let spared = 0; spared < mostSpared; spared++) {
      if (this.#protected.size > this.#mostProtected()) this.#demote();
      const slot = this.#probation.tail;
      if (slot === none || (this.#marks[slot] as number) < oneHit) break;
      this.#climber.vote(-this.#hitsOfYoungGhosts(), this.#size());
      this.#countHits(slot);
      this.#probation.removeTail();
      this.#enter(this.#protected, slot, inProtected);
    }
    return this.#probation.tail === none ? this.#protected.tail : this.#probation.tail;
  }

  #youngAge(): number {
    return (this.#ghosts.capacity / ghostsPerEntry) * youngShare;
  }

  /** One hit in probation, scaled from all its slots to as many slots as the young ghosts stand for. */
  #hitsOfYoungGhosts(): number {
    return this.#youngAge() / this.#probation.size;
  }

  #mostProtected(): number {
    return ((this.#probation.size + this.#protected.size) * protectedShare) | 0;
  }

  #demote(): void {
    const most = this.#mostProtected();
    for (let moves = 0; moves < mostSpared && this.#protected.size > most; moves++) {
      const slot = this.#protected.tail;
      const spared = (this.#marks[slot] as number) >= oneHit;
      this.#countHits(slot);
      this.#protected.removeTail();
      if (spared) this.#enter(this.#protected, slot, inProtected);
      else this.#enter(this.#probation, slot, inProbation);
    }
  }

  #enter(list: SlotList, slot: number, mark: number): void {
    this.#marks[slot] = mark;
    list.pushHead(slot);
  }

  /** At the window's end: the request that brought the key in, and its hits since. */
  #countRequests(slot: number): number {
    const hits = (this.#marks[slot] as number) >>> hitShift;
    return this.#sketch.add(this.#hashes[slot] as number, ownRequest + hits);
  }

  #countHits(slot: number): void {
    const hits = (this.#marks[slot] as number) >>> hitShift;
    if (hits > 0) this.#sketch.add(this.#hashes[slot] as number, hits);
  }

  #listOf(slot: number): SlotList {
    const list = (this.#marks[slot] as number) & listBits;
    if (list === inWindow) return this.#window;
    return list === inProbation ? this.#probation : this.#protected;
  }
}
