import { createCache } from '../../src/cache/create-cache.js';
import type { Store } from '../../src/contracts/store.js';
import { fakeClock } from '../../src/testing/fake-clock.js';
import { seededRandom } from '../../src/testing/seeded-random.js';
import { Walker } from './walker.js';

export interface SoakOptions {
  readonly store: Store;
  readonly seed: number;
  readonly operations: number;
  /** When to stop, whatever is left: a time of `performance.now`. */
  readonly until: number;
  /** How many namespaces are walked at the same time. */
  readonly walkers: number;
  readonly progress?: (done: number) => void;
}

const stepsPerRound = 50;

/**
 * Walks many namespaces of one store at once, until the operations are done or the time is over; resolves with their
 * number. Between two rounds time moves on by up to seven minutes: always further than the real clock, by which a
 * server drops what has expired.
 */
export async function soak({ store, seed, operations, until, walkers, progress }: SoakOptions): Promise<number> {
  // A round of a busy machine may take longer than a life: what is live here must not have ended for the server.
  const clock = fakeClock(Date.now() + 3_600_000);
  const random = seededRandom(seed);
  // What a store answers is looked at here, and not how soon: the machine may have other things to do.
  const cache = createCache({ clock, store, memory: false, onStoreError: 'throw', storeTimeout: '1m' });
  const all = Array.from({ length: walkers }, (_, number) => {
    const own = cache.namespace(`walker-${seed}-${number}`);
    const { capabilities } = store;
    return new Walker({ cache: own, clock, random: seededRandom(seed * 1_000_003 + number), capabilities });
  });
  let done = 0;
  try {
    while (done < operations && performance.now() < until) {
      const begin = performance.now();
      await Promise.all(
        all.map(async (walker) => {
          for (let step = 0; step < stepsPerRound; step++) await walker.step();
        }),
      );
      done += walkers * stepsPerRound;
      clock.advance(Math.ceil(performance.now() - begin) + Math.floor(random() * 7 * 60_000));
      progress?.(done);
    }
  } finally {
    await cache.close();
  }
  return done;
}
