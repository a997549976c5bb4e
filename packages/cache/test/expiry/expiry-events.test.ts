import { describe, expect, it } from 'vitest';
import { createCache } from '../../src/cache/create-cache.js';
import type { Cache } from '../../src/contracts/cache.js';
import type { Store } from '../../src/contracts/store.js';
import { UnsupportedByStoreError } from '../../src/errors.js';
import type { CreateCacheOptions } from '../../src/options/cache-options.js';
import { chaosStore, type FakeClock, fakeClock, memoryMapStore, seededRandom } from '../../src/testing/index.js';

/** Time as one process sees it: the same for all, until the process is killed. */
function processClock(clock: FakeClock) {
  const life = { isOver: false };
  return {
    kill: () => {
      life.isOver = true;
    },
    clock: {
      now: () => clock.now(),
      coarseNow: () => clock.now(),
      schedule: (task: () => void, delay: number) => clock.schedule(() => life.isOver || task(), delay),
    },
  };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

interface Process {
  readonly cache: Cache;
  readonly told: string[];
  kill(): void;
}

/** Processes on one store, in virtual time. */
function world(store: Store = memoryMapStore(), given: FakeClock = fakeClock()) {
  const clock = given;
  const told: string[] = [];
  const start = (options: CreateCacheOptions = {}, listens = true): Process => {
    const own: string[] = [];
    const process = processClock(clock);
    const cache = createCache({ store, clock: process.clock, ttl: '10s', expiryEvents: true, ...options });
    const listener = ({ namespace, key }: { namespace: string; key: string }) => {
      own.push(namespace === '' ? key : `${namespace}/${key}`);
      told.push(own.at(-1) as string);
      throw new Error('counts as told');
    };
    if (listens) cache.on('expire', listener);
    return { cache, told: own, kill: process.kill };
  };
  return {
    clock,
    told,
    start,
    async advance(millis: number) {
      for (let left = millis; left > 0; left -= 250) {
        clock.advance(Math.min(250, left));
        await settled();
      }
    },
  };
}

describe('expiryEvents', () => {
  it('tell of every entry that expired, once, from one of the processes that listen, within two seconds', async () => {
    const { start, advance, told } = world();
    const processes = [start(), start(), start()];
    const names = Array.from({ length: 30 }, (_, at) => `k${at}`);
    await Promise.all(names.map((key, at) => processes[at % 3]?.cache.set(key, at)));
    await processes[0]?.cache.set('for ever', 1, { ttl: 'never' });
    await advance(9_900);
    expect(told).toEqual([]);
    await advance(2_100);
    expect([...told].sort()).toEqual([...names].sort());
    expect(processes.filter((each) => each.told.length > 0)).toHaveLength(1);
    await advance(60_000);
    expect(told).toHaveLength(30);
  });

  it('name the namespace, and are of this cache alone, whatever else is on the store', async () => {
    const { start, advance } = world();
    const [shop, other] = [start({ namespace: 'shop' }), start({ namespace: 'shop2' })];
    await shop.cache.set('a', 1);
    await shop.cache.namespace('Grüße').namespace('4:x:').set('b:c', 1);
    await other.cache.set('d', 1);
    await advance(12_000);
    expect([...shop.told].sort()).toEqual(['shop/Grüße/4:x:/b:c', 'shop/a']);
    expect(other.told).toEqual(['shop2/d']);
  });

  it('come at the end of the stale window', async () => {
    const { start, advance, told } = world();
    const { cache } = start({ staleWhileRevalidate: '20s' });
    await cache.set('k', 1);
    await advance(29_900);
    expect(told).toEqual([]);
    await advance(2_100);
    expect(told).toEqual(['k']);
  });

  it('do not come of what was deleted, renewed, cleared or removed by a tag before its end', async () => {
    const { start, advance, told } = world();
    const { cache } = start();
    const cleared = cache.namespace('cleared');
    for (const key of ['kept', 'deleted', 'overwritten', 'touched', 'updated']) await cache.set(key, { n: 1 });
    await cache.set('removed', 1, { tags: ['red'] });
    await cache.set('expired by tag', 1, { tags: ['blue'] });
    await cleared.set('k', 1);
    await advance(5_000);
    await cache.delete('deleted');
    await cache.set('overwritten', 2, { ttl: '1h' });
    await cache.touch('touched', '1h');
    await cache.update('updated', { n: 2 });
    await cache.invalidateTags(['red'], { remove: true });
    await cache.invalidateTags(['blue']);
    await cleared.clear();
    await advance(8_000);
    expect([...told].sort()).toEqual(['expired by tag', 'kept', 'updated']);
  });

  it('do not come of the records of a cache: leases, locks and places of loads', async () => {
    const { start, advance, told } = world();
    const { cache } = start();
    await cache.lock('l', { ttl: '1s' }, () => {});
    await cache.getOrSet('loaded', () => 1);
    await cache.getOrSet('not found', () => undefined);
    await cache.invalidateTags(['t']);
    await advance((10 * 3_600_000) / 1_000);
    expect(told).toEqual(['loaded']);
  });

  it('come although the key was written again right after its end, and once more at its next end', async () => {
    const { start, advance, told, clock } = world();
    const { cache } = start();
    await cache.set('k', 1, { ttl: '10100ms' });
    clock.advance(10_100);
    await cache.set('k', 2);
    await settled();
    await advance(2_000);
    expect(told).toEqual(['k']);
    await advance(10_000);
    expect(told).toEqual(['k', 'k']);
  });

  it('are taken over when the sweeper is killed, and nothing is missed', async () => {
    const { start, advance, told } = world();
    const [first, second] = [start(), start()];
    await second.cache.set('early', 1, { ttl: '3s' });
    await second.cache.set('late', 1, { ttl: '6s' });
    await advance(5_000);
    expect(told).toEqual(['early']);
    const [dead, heir] = first.told.length === 1 ? [first, second] : [second, first];
    dead.kill();
    await advance(12_000);
    expect(heir.told).toEqual(['late']);
  });

  it('are told again by another when the sweeper is killed between telling and forgetting', async () => {
    const store = memoryMapStore();
    let forgets = true;
    const { start, advance, told } = world({
      ...store,
      forgetExpired: async (expired, call) => {
        if (!forgets) return new Promise(() => {});
        return store.forgetExpired?.(expired, call);
      },
    });
    const first = start();
    await first.cache.set('k', 1);
    forgets = false;
    await advance(11_500);
    expect(first.told).toEqual(['k']);
    first.kill();
    forgets = true;
    const second = start();
    await advance(10_000);
    expect(second.told).toEqual(['k']);
    expect(told).toHaveLength(2);
  });

  it('go on in another process when the sweeper is closed, without waiting for the end of its lease', async () => {
    const shared = memoryMapStore();
    const { start, advance } = world({ ...shared, close: async () => {} });
    const [first, second] = [start(), start()];
    await second.cache.set('k', 1, { ttl: '3500ms' });
    await advance(3_000);
    await first.cache.close();
    await advance(3_500);
    expect(second.told).toEqual(['k']);
  });

  it('wait for a process that listens', async () => {
    const { start, advance, told } = world();
    const deaf = start({}, false);
    await deaf.cache.set('k', 1);
    await advance(60_000);
    const { told: heard } = start();
    await advance(2_000);
    expect([heard, told]).toEqual([['k'], ['k']]);
  });

  it('are told in passes of a thousand, which follow each other', async () => {
    const { start, advance, told } = world();
    const { cache } = start();
    await cache.setMany(Array.from({ length: 5_000 }, (_, at) => [`k${at}`, at] as const));
    await advance(13_000);
    expect(new Set(told).size).toBe(5_000);
  });

  it('come also where the store has to look through many pages of others first', async () => {
    const store = memoryMapStore();
    const pages = 35;
    const { start, advance, told } = world({
      ...store,
      expired: async ({ cursor = '0', ...request }, call) => {
        if (Number(cursor) < pages) return { expired: [], cursor: String(Number(cursor) + 1) };
        return store.expired?.(request, call) ?? { expired: [] };
      },
    });
    await start().cache.set('k', 1);
    await advance(14_000);
    expect(told).toEqual(['k']);
  });

  it('outlast an outage of the store', async () => {
    const clock = fakeClock();
    const chaos = chaosStore(memoryMapStore(), { clock, random: seededRandom(7) });
    const { start, advance, told } = world(chaos, clock);
    const { cache } = start({ storeTimeout: '500ms', circuitBreaker: { pause: '1s' } });
    await cache.set('k', 1);
    const failures: string[] = [];
    cache.on('store-error', ({ operation }) => failures.push(operation));
    chaos.become({ errorRate: 1 });
    await advance(20_000);
    expect(told).toEqual([]);
    expect(new Set(failures)).toEqual(new Set(['expire']));
    chaos.become({ errorRate: 0 });
    await advance(10_000);
    expect(told).toEqual(['k']);
  });

  it('leave the expire events of a cache without a store, or without the option, as they were', async () => {
    const clock = fakeClock();
    for (const options of [{ expiryEvents: true }, { store: memoryMapStore() }]) {
      const told: string[] = [];
      const cache = createCache({ clock, ttl: '10s', ...options });
      cache.on('expire', ({ key }) => told.push(key));
      await cache.set('k', 1);
      clock.advance(20_000);
      await cache.prune();
      expect(told).toEqual(['k']);
      await cache.close();
    }
  });

  it('are refused where the store cannot tell, and where the option is not a boolean', () => {
    const store = memoryMapStore();
    const { tellsExpiry: _, ...capabilities } = store.capabilities;
    expect(() => createCache({ store: { ...store, name: 'plain', capabilities }, expiryEvents: true })).toThrow(
      'The plain store cannot tell which entries have expired (expiryEvents). These can: LMDB, Redis.',
    );
    const refused = { store: { ...store, capabilities: { ...capabilities, tellsExpiry: false } }, expiryEvents: true };
    expect(() => createCache(refused)).toThrow(UnsupportedByStoreError);
    expect(() => createCache({ expiryEvents: 'yes' as never })).toThrow(/write expiryEvents: true/);
  });
});
