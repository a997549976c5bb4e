import type { ClusterLease } from '../contracts/lease.js';
import { isFresh } from '../policy/lifetime.js';
import { cachedOutcome } from './cached-outcome.js';
import type { LoadLayer, LoadOutcome, LoadRequest } from './load-layer.js';

/** For processes that do not know of each other. */
export const noClusterLease: ClusterLease = Object.freeze({
  hold: <T>(_: string, __: AbortSignal, load: () => Promise<T>) => load(),
});

/** One load a key among all processes. Without a lease to ask for, this layer is not there. */
export const clusterLease: LoadLayer = (next, { lease, tiers, clock }) => {
  if (lease === noClusterLease) return next;

  /** Whoever had to wait for the lease finds what its holder before has stored. */
  async function lookAndLoad(request: LoadRequest): Promise<LoadOutcome> {
    const found = request.reason === 'forced' ? undefined : await tiers.find(request.key);
    const isOther = found !== undefined && found.entry.version !== request.cached?.entry.version;
    return isOther && isFresh(found.entry, clock.now()) ? cachedOutcome(found) : next(request);
  }

  return (request) => {
    if (request.flight === undefined) return next(request);
    return lease.hold(request.key, request.flight.signal, () => lookAndLoad(request));
  };
};
