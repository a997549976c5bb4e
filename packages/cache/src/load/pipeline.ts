import { callLoader } from './call-loader.js';
import type { LoadFn, LoadKit, LoadLayer } from './load-layer.js';
import { lookup } from './lookup.js';
import { observe } from './observe.js';
import { singleFlight } from './single-flight.js';
import { writeBack } from './write-back.js';

/**
 * The read path behind a miss in memory, outermost first.
 *
 * 1. `observe` reports what came of it, for each caller.
 * 2. `singleFlight` lets one caller per key go on; the others get its outcome.
 * 3. `lookup` asks the tiers. It stands inside the flight, so that callers share the store read as well; and it is the
 *    look again that closes the gap between a caller's miss in memory and its turn: (1) A misses, (2) B's flight ends
 *    and stores, (3) A finds no flight and would load a second time.
 * 4. `writeBack` stores what was loaded, unless the key was written since the load began.
 *
 * The centre is the caller's loader.
 */
const order: readonly LoadLayer[] = [observe, singleFlight, lookup, writeBack];

export function loadPipeline(kit: LoadKit): LoadFn {
  return order.reduceRight((next, layer) => layer(next, kit), callLoader(kit));
}
