import type { Found, ReadToken } from '../contracts/tier.js';
import { isFresh } from '../policy/lifetime.js';
import type { LoadLayer, LoadOutcome, LoadRequest } from './load-layer.js';

interface Read {
  readonly found: Promise<Found | undefined>;
  readonly token: ReadToken;
}

/**
 * Asks the tiers. What they have, fresh or stale, goes inwards with the request.
 *
 * Callers who read the store for one key at the same time share the read. Not with a read that was overtaken by a write
 * of the key: it may bring what was there before.
 */
export const lookup: LoadLayer = (next, { tiers, clock }) => {
  const reads = new Map<string, Read>();

  function look(request: LoadRequest, mayLookAgain: boolean): Promise<LoadOutcome> {
    const { key } = request;
    const underWay = reads.get(key);
    if (underWay?.token.isCurrent()) return awaitRead(request, underWay, mayLookAgain);
    const found = tiers.find(key);
    if (!(found instanceof Promise)) return goOn(request, found);
    return awaitRead(request, begin(key, found), mayLookAgain);
  }

  function begin(key: string, found: Promise<Found | undefined>): Read {
    const read = { found, token: tiers.fence.begin(key) };
    reads.set(key, read);
    const end = () => {
      read.token.end();
      if (reads.get(key) === read) reads.delete(key);
    };
    found.then(end, end);
    return read;
  }

  /**
   * (1) A misses in the store, (2) before A goes on, B's flight stores what it loaded and ends, (3) A finds no flight
   * and would load a second time: so a miss that was overtaken is looked up once more.
   */
  async function awaitRead(request: LoadRequest, read: Read, mayLookAgain: boolean): Promise<LoadOutcome> {
    const token = tiers.fence.begin(request.key);
    try {
      const found = await read.found;
      const isHit = found !== undefined && isFresh(found.entry, clock.now());
      if (isHit || !mayLookAgain || token.isCurrent()) return goOn(request, found);
    } finally {
      token.end();
    }
    return look(request, false);
  }

  function goOn(request: LoadRequest, found: Found | undefined): Promise<LoadOutcome> {
    return next(found === undefined ? request : { ...request, cached: found });
  }

  return (request) => {
    if (request.reason === 'forced') return next(request);
    const { readAhead } = request;
    return readAhead?.token.isCurrent() ? goOn(request, readAhead.found) : look(request, true);
  };
};
