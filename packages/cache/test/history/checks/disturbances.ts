import type { History, Instant, Promised } from '../history.js';

interface Interval {
  readonly from: Instant;
  readonly until: Instant;
}

/** The times in which less is promised: faults and what it takes to heal, and stalls of the machine itself. */
export class Disturbances {
  readonly #promised: Promised;
  readonly #intervals: readonly Interval[];

  constructor({ faults, stalls, promised }: Pick<History, 'faults' | 'stalls' | 'promised'>) {
    this.#promised = promised;
    const all = [
      ...faults.map(({ start, end }) => ({ from: start, until: end + this.#promised.heal })),
      ...stalls.map(({ from, until }) => ({ from, until: until + this.#promised.calm })),
    ];
    this.#intervals = merged(all);
  }

  /** Is anything disturbed at some time from `from` until `until`? */
  touch(from: Instant, until: Instant = from): boolean {
    return this.#firstAfter(from)?.from !== undefined && (this.#firstAfter(from) as Interval).from <= until;
  }

  /**
   * Until when something sent at that time may still be under way: what was held up arrives when the fault is over at
   * the latest.
   */
  lingersUntil(end: Instant): Instant {
    const interval = this.#firstAfter(end);
    return interval !== undefined && interval.from <= end ? interval.until : end + this.#promised.calm;
  }

  /** The first that is not over at that time. */
  #firstAfter(time: Instant): Interval | undefined {
    let [low, high] = [0, this.#intervals.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#intervals[middle] as Interval).until < time) low = middle + 1;
      else high = middle;
    }
    return this.#intervals[low];
  }
}

function merged(intervals: readonly Interval[]): Interval[] {
  const result: Interval[] = [];
  for (const next of [...intervals].sort((one, other) => one.from - other.from)) {
    const last = result.at(-1);
    if (last === undefined || last.until < next.from) result.push(next);
    else result[result.length - 1] = { from: last.from, until: Math.max(last.until, next.until) };
  }
  return result;
}
