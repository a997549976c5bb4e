import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createCache } from '../../src/cache/create-cache.js';
import type { Cache } from '../../src/contracts/cache.js';
import type { LockContext } from '../../src/contracts/lock.js';
import type { Store } from '../../src/contracts/store.js';
import { chaosStore, type FakeClock, fakeClock, memoryMapStore, seededRandom } from '../../src/testing/index.js';
import { settled } from '../load/held-load.js';

/** What locks are for: takes nothing from a holder once it has taken something from a later one. */
class FencedResource {
  readonly accepted: number[] = [];
  #greatest = 0;

  write(fencingToken: number): boolean {
    if (fencingToken < this.#greatest) return false;
    this.#greatest = fencingToken;
    this.accepted.push(fencingToken);
    return true;
  }
}

/** Everything that holders did, and what must never be seen in it. */
class History {
  readonly resource = new FencedResource();
  readonly granted: number[] = [];
  readonly believing = new Set<number>();
  mostAtOnce = 0;
  finished = 0;
  refused = 0;

  /** A holder that writes as often as it is told to, also after it was told that it had lost the lock. */
  readonly work = async ({ fencingToken, signal }: LockContext, steps: readonly number[], clock: FakeClock) => {
    this.granted.push(fencingToken);
    this.believing.add(fencingToken);
    this.mostAtOnce = Math.max(this.mostAtOnce, this.believing.size);
    const stop = () => this.believing.delete(fencingToken);
    signal.addEventListener('abort', stop);
    for (const delay of steps) {
      await new Promise<void>((resolve) => clock.schedule(resolve, delay));
      if (!this.resource.write(fencingToken)) this.refused++;
    }
    stop();
    this.finished++;
  };

  check(): void {
    // No two holders share a token, and no holder got in between the writes of another.
    expect(new Set(this.granted).size).toBe(this.granted.length);
    const turns = this.resource.accepted.filter((token, at) => token !== this.resource.accepted[at - 1]);
    expect(new Set(turns).size).toBe(turns.length);
    expect(this.mostAtOnce).toBeLessThanOrEqual(1);
  }
}

/** A store that forgets nothing when one of its users closes it. */
const shared = (store: Store): Store => ({ ...store, close: async () => {} });

const scenario = fc.record({
  seed: fc.integer(),
  errorRate: fc.constantFrom(0, 0, 0.2, 0.5),
  hangRate: fc.constantFrom(0, 0, 0.1),
  slowest: fc.constantFrom(0, 50, 700),
  holders: fc.array(
    fc.record({
      cache: fc.nat(2),
      begin: fc.nat(3_000),
      ttl: fc.constantFrom('300ms' as const, '900ms' as const),
      steps: fc.array(fc.nat(900), { minLength: 1, maxLength: 4 }),
    }),
    { minLength: 2, maxLength: 8 },
  ),
});

it('nobody writes after a later holder, nor believes in a lock that another has, whatever the store does', async () => {
  let refused = 0;
  let granted = 0;
  await fc.assert(
    fc.asyncProperty(scenario, async ({ seed, errorRate, hangRate, slowest, holders }) => {
      const clock = fakeClock();
      const random = seededRandom(seed);
      const store = memoryMapStore();
      const stores = [0, 1, 2].map(() =>
        chaosStore(shared(store), { random, clock, errorRate, hangRate, delay: [0, slowest] }),
      );
      const options = { clock, random, storeTimeout: '400ms', circuitBreaker: false } as const;
      const caches = stores.map((each) => createCache({ ...options, store: each }));
      const history = new History();
      const calls = holders.map(async ({ cache, begin, ttl, steps }) => {
        await new Promise<void>((resolve) => clock.schedule(resolve, begin));
        const lock = caches[cache] as Cache;
        // Longer than all holders together take: eight of them, four steps each.
        await lock.lock('k', { ttl, wait: '40s' }, (held) => history.work(held, steps, clock)).catch(() => {});
      });
      let areOver = false;
      const all = Promise.all(calls).then(() => {
        areOver = true;
      });
      for (let step = 0; !areOver && step < 2_000; step++) {
        clock.advance(25);
        await settled(1);
      }
      await all;
      history.check();
      if (errorRate === 0 && hangRate === 0 && slowest === 0) expect(history.finished).toBe(holders.length);
      refused += history.refused;
      granted += history.granted.length;
      // Nothing is left behind for longer than a life.
      for (const each of stores) each.become({ errorRate: 0, hangRate: 0, delay: [0, 0] });
      clock.advance(2_000);
      expect(await caches[0]?.lock('k', { wait: '0ms' }, () => 'free')).toBe('free');
      await Promise.all(caches.map((cache) => cache.close()));
      expect(clock.pendingTasks()).toBe(0);
    }),
    { numRuns: 150 },
  );
  // The weather was bad enough to be of interest.
  expect(granted).toBeGreaterThan(300);
  expect(refused).toBeGreaterThan(0);
});
