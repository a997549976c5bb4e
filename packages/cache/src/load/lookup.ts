import type { Found } from '../contracts/tier.js';
import type { LoadLayer, LoadOutcome, LoadRequest } from './load-layer.js';
import { sharedRead } from './shared-read.js';

/** Asks memory, and where it has nothing, the store. What they have, fresh or stale, goes inwards with the request. */
export const lookup: LoadLayer = (next, kit) => {
  const { tiers } = kit;
  const read = sharedRead(kit);

  function goOn(request: LoadRequest, found: Found | undefined, isOutdated = false): Promise<LoadOutcome> {
    return next(found === undefined ? request : { ...request, cached: found, isOutdated });
  }

  return (request) => {
    if (request.reason === 'forced') return next(request);
    // What memory has may be served without waiting for a store; whoever loads asks the store first (lookAgain).
    const inMemory = request.cached ?? tiers.peek(request.key);
    if (inMemory !== undefined) return goOn(request, inMemory);
    const { readAhead } = request;
    return readAhead?.token.isCurrent() ? goOn(request, readAhead.found) : read(request, goOn);
  };
};
