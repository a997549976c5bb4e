import type { StaleReason } from '../contracts/events.js';
import type { Found } from '../contracts/tier.js';
import type { LoadFailure } from './load-failure.js';
import type { LoadOutcome } from './load-layer.js';

/** The answer that is a cached entry; `stale` says why, where it is no longer fresh. */
export function cachedOutcome({ entry, tier }: Found, stale?: StaleReason, failure?: LoadFailure): LoadOutcome {
  const outcome = { value: entry.value, from: tier, isMutable: false, entry };
  if (stale === undefined) return outcome;
  return failure === undefined ? { ...outcome, stale } : { ...outcome, stale, failure };
}
