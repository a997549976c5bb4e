import { isFresh } from '../policy/lifetime.js';
import { cachedOutcome } from './cached-outcome.js';
import type { LoadLayer } from './load-layer.js';

/** One load a key among all processes. Without a lease to ask for, this layer is not there. */
export const clusterLease: LoadLayer = (next, { lease }) => {
  if (lease === undefined) return next;
  return (request) => {
    if (request.flight === undefined) return next(request);
    return lease.hold(request.key, request.flight.signal, () => next(request));
  };
};

/** Whoever had to wait for the lease looks again: its holder before may have stored what is wanted. */
export const lookAgain: LoadLayer = (next, { lease, tiers, clock }) => {
  if (lease === undefined) return next;
  return async (request) => {
    if (request.reason === 'forced') return next(request);
    const found = await tiers.find(request.key);
    const isNewer = found !== undefined && found.entry.version !== request.cached?.entry.version;
    return isNewer && isFresh(found.entry, clock.now()) ? cachedOutcome(found) : next(request);
  };
};
