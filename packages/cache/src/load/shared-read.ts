import type { Found, ReadToken } from '../contracts/tier.js';
import { isFresh } from '../policy/lifetime.js';
import { copyOfFound } from './cached-outcome.js';
import type { LoadKit, LoadOutcome, LoadRequest } from './load-layer.js';
import { untilAborted } from './until-aborted.js';

interface Read {
  readonly found: Promise<Found | undefined>;
  readonly token: ReadToken;
}

/** Goes on with what was found. `isOutdated`: the key was written meanwhile; it may be served, and not be renewed. */
type GoOn = (request: LoadRequest, found: Found | undefined, isOutdated: boolean) => Promise<LoadOutcome>;

/**
 * Asks the tiers for a key. Callers who do so at the same time share the read, but not with a read that was overtaken by
 * a write of the key: it may bring what was there before.
 */
export function sharedRead({
  tiers,
  clock,
  sharing,
}: LoadKit): (request: LoadRequest, goOn: GoOn) => Promise<LoadOutcome> {
  const reads = new Map<string, Read>();

  function look(request: LoadRequest, goOn: GoOn, mayLookAgain: boolean): Promise<LoadOutcome> {
    const { key } = request;
    // Beside a store that reads at once there never is any, and no key is hashed for it.
    const underWay = reads.size === 0 ? undefined : reads.get(key);
    if (underWay?.token.isUndisturbed()) return awaitRead(request, copiesOf(underWay), goOn, mayLookAgain);
    const found = tiers.find(key);
    if (!(found instanceof Promise)) return goOn(request, found, false);
    return awaitRead(request, begin(key, found).found, goOn, mayLookAgain);
  }

  function copiesOf(read: Read): Promise<Found | undefined> {
    return read.found.then((found) => found && copyOfFound(found, sharing));
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
   * and would load a second time: so a miss that was overtaken is looked up once more, if the store answers.
   */
  async function awaitRead(
    request: LoadRequest,
    reading: Promise<Found | undefined>,
    goOn: GoOn,
    mayLookAgain: boolean,
  ): Promise<LoadOutcome> {
    const token = tiers.fence.begin(request.key);
    try {
      const found = await untilAborted(reading, request.options.signal);
      const isHit = found !== undefined && isFresh(found.entry, clock.now());
      const isOutdated = !token.isCurrent();
      if (isHit || !isOutdated || !mayLookAgain || !tiers.isAnswering) return goOn(request, found, isOutdated);
    } finally {
      token.end();
    }
    return look(request, goOn, false);
  }

  return (request, goOn) => look(request, goOn, true);
}
