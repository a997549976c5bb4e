export interface Counts {
  readonly since: string;
  readonly hits: number;
  readonly misses: number;
  readonly writes: number;
  readonly deletes: number;
}

/** What the service said at one time. */
export interface Sample {
  readonly at: number;
  readonly counts: Counts;
}

const names = ['hits', 'misses', 'writes', 'deletes'] as const;

type Figures = Readonly<Record<(typeof names)[number], number>>;

export interface Stats {
  readonly at: string;
  /** When the process of the service started that these counts are of. */
  readonly since: string;
  readonly total: Figures;
  /** Between this and the sample before; `null` without one, or where another process answered. */
  readonly perSecond: (Figures & { readonly requests: number }) | null;
  /** Hits of all reads, of the interval where there is one; `null` where nothing was read. */
  readonly hitRate: number | null;
}

/** What happened between two samples. */
export function statsBetween(before: Sample | undefined, { at, counts }: Sample): Stats {
  const total = figures((name) => counts[name]);
  const time = { at: new Date(at).toISOString(), since: counts.since };
  // Another process, or one that was started again, counts from its own start.
  if (before === undefined || before.counts.since !== counts.since || at <= before.at) {
    return { ...time, total, perSecond: null, hitRate: hitRateOf(total) };
  }
  const gained = figures((name) => counts[name] - before.counts[name]);
  const seconds = (at - before.at) / 1_000;
  const each = figures((name) => rounded(gained[name] / seconds));
  const requests = rounded(names.reduce((sum, name) => sum + gained[name], 0) / seconds);
  return { ...time, total, perSecond: { ...each, requests }, hitRate: hitRateOf(gained) };
}

function figures(of: (name: (typeof names)[number]) => number): Figures {
  return { hits: of('hits'), misses: of('misses'), writes: of('writes'), deletes: of('deletes') };
}

function hitRateOf({ hits, misses }: Figures): number | null {
  return hits + misses === 0 ? null : Math.round((hits / (hits + misses)) * 10_000) / 10_000;
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
