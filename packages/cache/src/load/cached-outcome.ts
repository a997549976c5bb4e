import type { StaleReason } from '../contracts/events.js';
import type { Found } from '../contracts/tier.js';
import type { SharingMode } from '../tiers/value-sharing.js';
import type { LoadFailure } from './load-failure.js';
import type { LoadOutcome } from './load-layer.js';

/** The answer that is a cached entry; `stale` says why, where it is no longer fresh. */
export function cachedOutcome({ entry, tier }: Found, stale?: StaleReason, failure?: LoadFailure): LoadOutcome {
  const outcome = { value: entry.value, from: tier, isMutable: false, entry };
  if (stale === undefined) return outcome;
  return failure === undefined ? { ...outcome, stale } : { ...outcome, stale, failure };
}

/** For a caller who shares the entry with others, or with the load that renews it: each may change its own. */
export function copyOfFound(found: Found, sharing: SharingMode): Found {
  const { tier, createdAt, freshUntil } = found;
  const value = sharing.copyForReader(found.value);
  if (value === found.value) return found;
  return { tier, value, createdAt, freshUntil, entry: Object.freeze({ ...found.entry, value }) };
}
