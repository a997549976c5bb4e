import type { Millis } from '../contracts/time.js';

/** The span of one bucket a level, and how many: about 1 s, 1.1 min, 1.2 h, 1.6 d, 6.2 d; what is later waits in the last. */
const spans = [2 ** 10, 2 ** 16, 2 ** 22, 2 ** 27, 2 ** 29] as const;
const bucketsOf = [64, 64, 32, 4, 1] as const; // Powers of two: a tick's bucket is in its lowest bits.
const firstBucketOf = [0, 64, 128, 160, 164] as const;
const bucketCount = 165;
const coarsest = spans.length - 1;
/** One list more: what was taken out of the buckets and waits to be looked at. */
const due = bucketCount;
const listCount = bucketCount + 1;

/**
 * When does which slot expire? A hierarchical timing wheel (Varghese and Lauck, "Hashed and Hierarchical Timing
 * Wheels", SOSP 1987): scheduling and taking off cost a few array writes, however many slots there are. A slot moves
 * to a finer level as its time comes near, and is noticed at most one finest bucket (about a second) late.
 *
 * Every list is a ring through a sentinel node of its own, so that a slot is unlinked without knowing its list, and a
 * bucket of millions is made due in one step. A slot that is taken off stays in its list until somebody comes by: it is
 * soon given out again, as a rule with a deadline of the same bucket, and then it lies where it should.
 */
export class TimerWheel {
  #next = new Uint32Array(0);
  #previous = new Uint32Array(0);
  /** The bucket of each slot, counted from 1, also while it waits among the due; negative if it was taken off; or 0. */
  #buckets = new Int16Array(0);
  #time: Millis;
  #scheduled = 0;
  /** The bucket of the last deadline, which deadlines it is for, and when it is looked at: the next may well be of it. */
  #latestBucket = 0;
  #latestFrom: Millis = 0;
  #latestTo: Millis = 0;
  #latestLook: Millis = 0;

  constructor(now: Millis) {
    this.#time = now;
    this.grow(1);
    for (let list = 0; list < listCount; list++) this.#makeRing(list);
  }

  /** How many slots have a deadline. */
  get scheduled(): number {
    return this.#scheduled;
  }

  grow(slots: number): void {
    this.#next = copyInto(new Uint32Array(listCount + slots), this.#next);
    this.#previous = copyInto(new Uint32Array(listCount + slots), this.#previous);
    this.#buckets = copyInto(new Int16Array(slots), this.#buckets);
  }

  /**
   * The slot must not be scheduled already. A deadline of `Infinity` needs no place. Answers when the slot is to be
   * looked at: the end of its finest bucket, or the beginning of a coarser one, from which it then moves down.
   */
  schedule(slot: number, deadline: Millis): Millis {
    if (deadline === Number.POSITIVE_INFINITY) return deadline;
    this.#scheduled++;
    if (deadline < this.#latestFrom || deadline >= this.#latestTo) this.#chooseBucket(deadline);
    this.#place(slot, this.#latestBucket);
    return this.#latestLook;
  }

  /** Does nothing for a slot that is not scheduled. */
  cancel(slot: number): void {
    const bucket = this.#buckets[slot] as number;
    if (bucket <= 0) return;
    this.#buckets[slot] = -bucket;
    this.#scheduled--;
  }

  /**
   * Looks at no more than `limit` slots: `expire` gets those whose deadline has come, the others move to where they
   * belong now. Answers whether there is more to look at. `expire` must not schedule the slot again before it returns.
   */
  advance(now: Millis, limit: number, deadlineOf: (slot: number) => Millis, expire: (slot: number) => void): boolean {
    if (this.#isEmpty(due)) this.#makeDue(now);
    for (let looked = 0; looked < limit; looked++) {
      const node = this.#next[due] as number;
      if (node === due) return false;
      this.#unlink(node);
      const slot = node - listCount;
      const wasTakenOff = (this.#buckets[slot] as number) < 0;
      this.#buckets[slot] = 0;
      if (wasTakenOff) continue;
      const deadline = deadlineOf(slot);
      if (deadline > now) {
        this.#place(slot, this.#bucketFor(deadline, this.#levelFor(deadline)));
      } else {
        this.#scheduled--;
        expire(slot);
      }
    }
    return !this.#isEmpty(due);
  }

  /** Time is now this, be it earlier than before: every slot will be looked at, and find its place. */
  restart(now: Millis): void {
    for (let list = 0; list < bucketCount; list++) this.#spliceIntoDue(list);
    this.#time = now;
    this.#latestTo = this.#latestFrom;
  }

  /** When it is worth looking again (see {@link schedule}); `Infinity` if nothing is scheduled. */
  nextLook(): Millis {
    if (this.#scheduled === 0) return Number.POSITIVE_INFINITY;
    if (!this.#isEmpty(due)) return this.#time;
    let earliest = Number.POSITIVE_INFINITY;
    for (const [level, span] of spans.entries()) {
      const buckets = bucketsOf[level] as number;
      const tick = Math.floor(this.#time / span);
      for (let ahead = 0; ahead < buckets; ahead++) {
        const bucket = (firstBucketOf[level] as number) + ((tick + ahead) % buckets);
        if (this.#isEmpty(bucket)) continue;
        earliest = Math.min(earliest, (tick + (level === 0 || ahead === 0 ? ahead + 1 : ahead)) * span);
        break;
      }
    }
    return earliest;
  }

  /** Takes what lies in the buckets that time has passed, and in the one it is in, out of them. */
  #makeDue(now: Millis): void {
    for (const [level, span] of spans.entries()) {
      const buckets = bucketsOf[level] as number;
      const from = Math.floor(this.#time / span);
      const to = Math.floor(now / span);
      if (to <= from && level > 0) break;
      for (let tick = Math.max(from, to - buckets + 1); tick <= to; tick++) {
        this.#spliceIntoDue((firstBucketOf[level] as number) + (tick % buckets));
      }
    }
    this.#time = Math.max(this.#time, now);
    this.#latestTo = this.#latestFrom;
  }

  /** Until time moves on: then other deadlines belong to it. */
  #chooseBucket(deadline: Millis): void {
    const level = this.#levelFor(deadline);
    const span = spans[level] as number;
    const begin = Math.floor(Math.max(deadline, this.#time) / span) * span;
    this.#latestBucket = this.#bucketFor(deadline, level);
    this.#latestLook = begin + (level === 0 ? span : 0);
    this.#latestFrom = level === 0 ? begin : Math.max(begin, this.#time + span);
    this.#latestTo = Math.min(begin + span, this.#time + (spans[level + 1] ?? Number.POSITIVE_INFINITY));
  }

  #levelFor(deadline: Millis): number {
    const ahead = deadline - this.#time;
    let level = 0;
    while (level < coarsest && ahead >= (spans[level + 1] as number)) level++;
    return level;
  }

  #bucketFor(deadline: Millis, level: number): number {
    const tick = Math.floor(Math.max(deadline, this.#time) / (spans[level] as number));
    return (firstBucketOf[level] as number) + (tick & ((bucketsOf[level] as number) - 1));
  }

  #isEmpty(list: number): boolean {
    return this.#next[list] === list;
  }

  #makeRing(node: number): void {
    this.#next[node] = node;
    this.#previous[node] = node;
  }

  /** Into this bucket, if it does not lie there still. */
  #place(slot: number, bucket: number): void {
    const before = this.#buckets[slot] as number;
    this.#buckets[slot] = bucket + 1;
    if (before === -(bucket + 1)) return;
    const node = listCount + slot;
    if (before !== 0) this.#unlink(node);
    this.#append(bucket, node);
  }

  #append(list: number, node: number): void {
    const last = this.#previous[list] as number;
    this.#next[last] = node;
    this.#previous[node] = last;
    this.#next[node] = list;
    this.#previous[list] = node;
  }

  #unlink(node: number): void {
    const before = this.#previous[node] as number;
    const after = this.#next[node] as number;
    this.#next[before] = after;
    this.#previous[after] = before;
  }

  #spliceIntoDue(list: number): void {
    if (this.#isEmpty(list)) return;
    const first = this.#next[list] as number;
    const last = this.#previous[list] as number;
    const lastDue = this.#previous[due] as number;
    this.#next[lastDue] = first;
    this.#previous[first] = lastDue;
    this.#next[last] = due;
    this.#previous[due] = last;
    this.#makeRing(list);
  }
}

function copyInto<Column extends Uint32Array | Int16Array>(longer: Column, column: Column): Column {
  longer.set(column);
  return longer;
}
