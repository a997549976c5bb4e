import { callLoader } from './call-loader.js';
import { clusterLease } from './cluster-lease.js';
import { deadline } from './deadline.js';
import { directLoads, mayLoadDirectly } from './direct-load.js';
import { Flights } from './flights.js';
import type { LoadKit, LoadLayer, LoadRequest } from './load-layer.js';
import { lookAgain } from './look-again.js';
import { lookup } from './lookup.js';
import { Observer, observe } from './observe.js';
import { refreshAhead } from './refresh-ahead.js';
import { serveStale } from './serve-stale.js';
import { singleFlight } from './single-flight.js';
import { writeBack } from './write-back.js';

/**
 * The read path behind a miss in memory, outermost first.
 *
 * 1. `observe` reports what came of it, for each caller, and hands out the value.
 * 2. `lookup` asks memory, and where it has nothing, the store.
 * 3. `refreshAhead` answers with what is fresh, and may renew it in the background.
 * 4. `serveStale` answers with what is stale where that is allowed. It stands outside the flight, because each caller
 *    has a soft timeout of its own over the one load.
 * 5. `lookAgain` asks the store, where what is stale came from memory: another process may have renewed it.
 * 6. `singleFlight` lets one caller per key go on; the others get its outcome.
 * 7. `clusterLease` does the same among processes, and looks again after waiting.
 * 8. `writeBack` stores what was loaded, unless something newer happened since the load began. It stands inside the
 *    flight, so that nobody starts a second load between the end of the first and its being stored.
 * 9. `deadline` ends the load at the hard timeout, or when nobody waits for it.
 *
 * The centre is the caller's loader.
 *
 * A plain miss takes a shorter way to the same end: `directLoads`.
 */
function layersOf(flights: Flights): readonly LoadLayer[] {
  return [lookup, refreshAhead, serveStale, lookAgain, singleFlight(flights), clusterLease, writeBack, deadline];
}

export function loadPipeline(kit: LoadKit): (request: LoadRequest) => Promise<unknown> {
  const { tiers } = kit;
  const flights = new Flights(kit);
  const observer = new Observer(kit);
  const direct = directLoads(kit, flights, observer);
  const layered = observe(
    layersOf(flights).reduceRight((next, layer) => layer(next, kit), callLoader(kit)),
    observer,
  );
  return (request) => {
    if (!tiers.isAllInMemory || !mayLoadDirectly(request, flights)) return layered(request);
    const cached = tiers.peek(request.key);
    return cached === undefined ? direct(request) : layered({ ...request, cached });
  };
}
