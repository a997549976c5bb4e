import type { RefreshAhead } from '../contracts/entry.js';
import type { Millis } from '../contracts/time.js';

/** What the decision needs to know of an entry. */
export interface RefreshedEntry {
  readonly createdAt: Millis;
  readonly freshUntil: Millis;
  readonly loadMillis?: Millis | undefined;
}

/** Where the chance of XFetch is exp(-12), six in a million: before that it is not worth drawing. */
const loadsAhead = 12;

/** The time before which a hit never starts an early refresh. */
export function refreshPoint(entry: RefreshedEntry, refreshAhead: RefreshAhead): Millis {
  const { createdAt, freshUntil, loadMillis = 0 } = entry;
  if (refreshAhead === undefined || freshUntil === Number.POSITIVE_INFINITY) return freshUntil;
  if (refreshAhead === 'auto') return Math.max(createdAt, freshUntil - loadsAhead * loadMillis);
  return createdAt + refreshAhead * (freshUntil - createdAt);
}

/**
 * Should this hit start a refresh? With `'auto'` by chance: when the life left is at most -ln(U) times what a load takes
 * (XFetch with beta = 1: Vattani, Chierichetti, Lowenstein, "Optimal Probabilistic Cache Stampede Prevention", VLDB
 * 2015), so that with a load's time left the chance is 37 %, whatever the rate of requests.
 */
export function isRefreshDue(entry: RefreshedEntry, refreshAhead: RefreshAhead, now: Millis, chance: number): boolean {
  if (now < refreshPoint(entry, refreshAhead) || refreshAhead === undefined) return false;
  if (refreshAhead !== 'auto') return true;
  // `chance` may be 0, whose logarithm is no number to compare with.
  return entry.freshUntil - now <= -Math.log(1 - chance) * (entry.loadMillis ?? 0);
}

const weightOfLatest = 0.3;

/** What loads of this key take: an exponentially weighted mean, so that one slow load does not decide alone. */
export function smoothedLoadMillis(before: Millis | undefined, latest: Millis): Millis {
  return before === undefined ? latest : before + weightOfLatest * (latest - before);
}
