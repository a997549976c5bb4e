/** In seconds: what a load takes. */
export const loadBuckets: readonly number[] = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** In seconds: how long entries live, from a second to a month. */
export const lifeBuckets: readonly number[] = [1, 10, 60, 600, 3_600, 21_600, 86_400, 604_800, 2_592_000];

/** What was seen under one label. */
export interface Distribution {
  /** How many were at most as large as the bound of the same place; the last place counts all. */
  readonly cumulative: readonly number[];
  readonly sum: number;
}

interface Row {
  readonly counts: number[];
  sum: number;
}

/** Counts how large things were, for each label. */
export class Histogram {
  readonly bounds: readonly number[];
  readonly #rows = new Map<string, Row>();

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
  }

  observe(label: string, value: number): void {
    const row = this.#rows.get(label) ?? { counts: new Array<number>(this.bounds.length + 1).fill(0), sum: 0 };
    this.#rows.set(label, row);
    const fitting = this.bounds.findIndex((bound) => value <= bound);
    const place = fitting === -1 ? this.bounds.length : fitting;
    row.counts[place] = (row.counts[place] ?? 0) + 1;
    row.sum += value;
  }

  *read(): Iterable<readonly [label: string, distribution: Distribution]> {
    for (const [label, { counts, sum }] of this.#rows) {
      let total = 0;
      yield [label, { cumulative: counts.map((count) => (total += count)), sum }];
    }
  }
}
