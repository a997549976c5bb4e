import type { Found } from '../contracts/tier.js';
import { isFresh } from '../policy/lifetime.js';
import { cachedOutcome } from './cached-outcome.js';
import type { LoadLayer, LoadOutcome, LoadRequest } from './load-layer.js';
import { sharedRead } from './shared-read.js';

/** Asks the store before the source: behind a copy in memory that has become stale, another process may have renewed. */
export const lookAgain: LoadLayer = (next, kit) => {
  const { clock } = kit;
  const read = sharedRead(kit);

  function mayHaveBeenRenewed({ reason, cached }: LoadRequest): boolean {
    return (reason === 'miss' || reason === 'stale') && cached?.tier === 'memory';
  }

  function goOn(request: LoadRequest, found: Found | undefined, isOutdated: boolean): Promise<LoadOutcome> {
    if (found !== undefined && isFresh(found.entry, clock.now())) return Promise.resolve(cachedOutcome(found));
    return next({ ...request, cached: found, isOutdated });
  }

  return (request) => (mayHaveBeenRenewed(request) ? read(request, goOn) : next(request));
};
