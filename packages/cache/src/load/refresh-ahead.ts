import { isRefreshDue } from '../policy/early-refresh.js';
import { isFresh } from '../policy/lifetime.js';
import { cachedOutcome, copyOfFound } from './cached-outcome.js';
import type { LoadLayer } from './load-layer.js';

/** Answers with a fresh entry, and renews it in the background where its end is near. */
export const refreshAhead: LoadLayer = (next, { clock, random, refreshes, backoff, sharing }) => {
  return (request) => {
    const { cached, key, options } = request;
    if (cached === undefined) return next(request);
    const now = clock.now();
    if (!isFresh(cached.entry, now)) return next(request);
    if (!isRefreshDue(cached.entry, options.manner.refreshAhead, now, random()) || !backoff.mayTry(key))
      return Promise.resolve(cachedOutcome(cached));
    refreshes.start(next, request, 'early');
    return Promise.resolve(cachedOutcome(copyOfFound(cached, sharing)));
  };
};
