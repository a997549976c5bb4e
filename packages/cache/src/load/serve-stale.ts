import type { Found } from '../contracts/tier.js';
import { mayServeOnError, mayServeWhileRevalidating } from '../policy/stale-windows.js';
import { cachedOutcome } from './cached-outcome.js';
import { LoadFailure } from './load-failure.js';
import type { LoadKit, LoadLayer, LoadOutcome, LoadRequest } from './load-layer.js';

/**
 * Answers with a stale entry where that is allowed: at once while it is renewed in the background; instead of an error;
 * when the load takes longer than the soft timeout of this caller; and, for a while after a failed load, without trying.
 */
export const serveStale: LoadLayer = (next, kit) => {
  const { clock, backoff, refreshes } = kit;
  return (request) => {
    const { cached, key, options } = request;
    // A background refresh has nobody to serve, and its stale entry is there for the loader only.
    if (cached === undefined || request.reason !== 'miss') return next(request);
    const now = clock.now();
    if (!mayServeOnError(cached.entry, options.lifespan, now)) return next(request);
    if (!backoff.mayTry(key)) return Promise.resolve(cachedOutcome(cached, 'backing-off'));
    if (!mayServeWhileRevalidating(cached.entry, options.lifespan, now))
      return loadOrServe(kit, request, cached, next({ ...request, reason: 'stale' }));
    refreshes.start(next, request, 'stale');
    return Promise.resolve(cachedOutcome(cached, 'refreshing'));
  };
};

function loadOrServe(
  { clock, refreshes }: LoadKit,
  request: LoadRequest,
  cached: Found,
  load: Promise<LoadOutcome>,
): Promise<LoadOutcome> {
  const { lifespan, manner } = request.options;
  const isServable = () => mayServeOnError(cached.entry, lifespan, clock.now());
  return new Promise((resolve, reject) => {
    const cancel = scheduleUnlessNever(clock, manner.softTimeout, () => {
      if (!isServable()) return;
      resolve(cachedOutcome(cached, 'load-slow'));
      refreshes.follow(request, load);
    });
    load.then(
      (outcome) => {
        cancel();
        resolve(outcome);
      },
      (failure) => {
        cancel();
        if (failure instanceof LoadFailure && isServable()) resolve(cachedOutcome(cached, 'load-failed', failure));
        else reject(failure);
      },
    );
  });
}

function scheduleUnlessNever(clock: LoadKit['clock'], delay: number, task: () => void): () => void {
  return delay === Number.POSITIVE_INFINITY ? () => {} : clock.schedule(task, delay);
}
