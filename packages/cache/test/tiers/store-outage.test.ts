import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCache } from '../../src/cache/create-cache.js';
import type { Cache } from '../../src/contracts/cache.js';
import { StoreError } from '../../src/errors.js';
import type { CreateCacheOptions } from '../../src/options/cache-options.js';
import { type ChaosStore, chaosStore } from '../../src/testing/chaos-store.js';
import { type FakeClock, fakeClock } from '../../src/testing/fake-clock.js';
import { memoryMapStore } from '../../src/testing/memory-map-store.js';
import { seededRandom } from '../../src/testing/seeded-random.js';
import { heldLoad, isPending, settled } from '../load/held-load.js';
import { heldStore } from '../load/held-store.js';

const windows = { ttl: '10s', staleWhileRevalidate: '1h', staleIfError: '2h' } as const;

describe('loading while the store is away', () => {
  let clock: FakeClock;
  let store: ChaosStore;
  let opened: Cache[];
  beforeEach(() => {
    clock = fakeClock();
    store = chaosStore(memoryMapStore(), { random: seededRandom(1), clock });
    opened = [];
  });
  afterEach(async () => {
    const closing = Promise.all(opened.map((cache) => cache.close()));
    for (let second = 0; second < 5; second++) {
      await settled();
      clock.advance(1_000);
    }
    await closing;
  });

  const open = (options: CreateCacheOptions = {}): Cache => {
    const cache = createCache({ clock, store, storeTimeout: '1s', random: () => 0, ...options });
    opened.push(cache);
    return cache;
  };

  describe.each([[undefined], [false]] as const)('hanging (memory: %s)', (memory) => {
    const tiers = memory === false ? { memory } : {};

    it('answers a cold getOrSet within one deadline, not two', async () => {
      const cache = open(tiers);
      store.become({ hangRate: 1 });
      const call = cache.getOrSet('k', () => 'loaded');
      await settled();
      clock.advance(999);
      expect(await isPending(call)).toBe(true);
      clock.advance(1);
      expect(await isPending(call)).toBe(false);
      expect(await call).toBe('loaded');
    });

    it('answers a cold getOrSetMany within one deadline', async () => {
      const cache = open(tiers);
      store.become({ hangRate: 1 });
      const call = cache.getOrSetMany(['a', 'b'], (keys) => new Map(keys.map((key) => [key, 'loaded'])));
      await settled();
      clock.advance(1_000);
      expect(await isPending(call)).toBe(false);
      expect((await call).size).toBe(2);
    });

    it('answers all who ask together, with one load, within one deadline', async () => {
      const cache = open(tiers);
      store.become({ hangRate: 1 });
      const load = heldLoad();
      load.answer('loaded');
      const calls = Promise.all(Array.from({ length: 20 }, () => cache.getOrSet('k', load.loader)));
      await settled();
      clock.advance(1_000);
      expect(await isPending(calls)).toBe(false);
      expect(load.runs()).toBe(1);
    });

    it('answers at once while the breaker is open, and asks the store again after the pause', async () => {
      const cache = open({ ...tiers, circuitBreaker: { failures: 1, pause: '5s' } });
      const states: string[] = [];
      cache.on('circuit', ({ state }) => states.push(state));
      store.become({ hangRate: 1 });
      const first = cache.getOrSet('k', () => 'loaded');
      await settled();
      clock.advance(1_000);
      await first;
      expect(await cache.getOrSet('other', () => 'loaded')).toBe('loaded');
      store.become({ hangRate: 0 });
      clock.advance(5_000);
      await cache.getOrSet('third', () => 'loaded');
      expect(states).toEqual(['open', 'half-open', 'closed']);
      expect(await cache.get('third')).toBe('loaded');
    });

    it('waits for a write that hangs no longer than its deadline', async () => {
      const cache = open({ ...tiers, store: heldStoreWith('set') });
      const call = cache.getOrSet('k', () => 'loaded');
      await settled();
      clock.advance(1_000);
      expect(await isPending(call)).toBe(false);
      expect(cache.stats().droppedWrites).toBe(1);
    });

    it('fails a cold getOrSet within one deadline with onStoreError: throw, and runs no loader', async () => {
      const cache = open({ ...tiers, onStoreError: 'throw' });
      store.become({ hangRate: 1 });
      const load = heldLoad();
      const call = cache.getOrSet('k', load.loader);
      const outcome = expect(call).rejects.toMatchObject({ code: 'LARDER_STORE_TIMEOUT' });
      await settled();
      clock.advance(1_000);
      await outcome;
      expect(load.runs()).toBe(0);
    });
  });

  it('answers within one deadline even where the key is written meanwhile', async () => {
    const cache = open({ memory: false });
    store.become({ hangRate: 1 });
    const call = cache.getOrSet('k', () => 'loaded');
    cache.set('k', 'written').catch(() => {});
    await settled();
    clock.advance(1_000);
    expect(await isPending(call)).toBe(false);
  });

  describe('failing', () => {
    it('degrades when the store fails before the read', async () => {
      const cache = open();
      store.become({ errorRate: 1 });
      expect(await cache.getOrSet('k', () => 'loaded')).toBe('loaded');
      expect(await cache.getOrSet('k', () => 'again')).toBe('loaded');
      await settled();
      expect(cache.stats()).toMatchObject({ storeErrors: 2, droppedWrites: 1 });
    });

    it('degrades when the store fails between the read and the write', async () => {
      const cache = open();
      const load = () => {
        store.become({ errorRate: 1 });
        return 'loaded';
      };
      expect(await cache.getOrSet('k', load)).toBe('loaded');
      expect(await cache.get('k')).toBe('loaded');
      expect(cache.stats()).toMatchObject({ storeErrors: 1, droppedWrites: 1 });
    });

    it("rejects with 'throw' when the store fails between the read and the write, and keeps nothing", async () => {
      const cache = open({ onStoreError: 'throw' });
      const load = () => {
        store.become({ errorRate: 1 });
        return 'loaded';
      };
      await expect(cache.getOrSet('k', load)).rejects.toThrow(StoreError);
      store.become({ errorRate: 0 });
      // The write may have taken effect before it failed; memory, at any rate, holds nothing.
      expect([undefined, 'loaded']).toContain(await cache.get('k'));
      expect(await cache.getOrSet('other', () => 'up')).toBe('up');
    });

    it('serves stale entries from memory, and renews them there', async () => {
      const cache = open(windows);
      await cache.set('k', 'old');
      clock.advance(10_000);
      store.become({ errorRate: 1 });
      expect(await cache.getOrSet('k', () => 'new')).toBe('old');
      await settled();
      expect(await cache.getOrSet('k', () => 'newest')).toBe('new');
    });

    it('shares one failing read, and rejects all who share it with onStoreError: throw', async () => {
      const cache = open({ onStoreError: 'throw', memory: false });
      store.become({ errorRate: 1 });
      const outcomes = await Promise.allSettled([1, 2, 3].map(() => cache.getOrSet('k', () => 'loaded')));
      for (const outcome of outcomes) expect(outcome).toMatchObject({ status: 'rejected' });
      expect(cache.stats().storeErrors).toBe(1);
    });

    it('drops the removal of what the source has no more, with an event', async () => {
      const cache = open(windows);
      await cache.set('k', 'old');
      clock.advance(3_610_000);
      const dropped: (readonly string[])[] = [];
      cache.on('write-dropped', ({ keys }) => dropped.push(keys));
      const load = () => {
        store.become({ errorRate: 1 });
        return undefined as unknown as string;
      };
      expect(await cache.getOrSet('k', load)).toBeUndefined();
      expect(dropped).toEqual([['k']]);
    });
  });

  function heldStoreWith(method: 'get' | 'set') {
    const held = heldStore();
    held.hold(method);
    return held;
  }
});

describe('a store that fails, hangs and dawdles', () => {
  it('costs no wrong value, no unhandled rejection, and nothing that stays pending', async () => {
    const rejections: unknown[] = [];
    const note = (reason: unknown) => rejections.push(reason);
    process.on('unhandledRejection', note);
    const clock = fakeClock();
    const random = seededRandom(42);
    const store = chaosStore(memoryMapStore(), { random, clock, errorRate: 0.3, hangRate: 0.02, delay: [0, 50] });
    const cache = createCache({ ...windows, clock, store, random, storeTimeout: '200ms' });
    const pick = () => `key${Math.floor(random() * 20)}`;
    const fits = (key: string, value: unknown) => value === undefined || String(value).startsWith(`${key}:`);
    let wrong = 0;
    let open = 0;
    const check = (key: string, value: unknown) => {
      if (!fits(key, value)) wrong++;
    };
    const load = (key: string) => () => {
      if (random() < 0.2) throw new Error('source is down');
      return `${key}:${clock.now()}`;
    };
    for (let step = 0; step < 5_000; step++) {
      const key = pick();
      const other = pick();
      const call = [
        () => cache.getOrSet(key, load(key)).then((value) => check(key, value)),
        () => cache.getOrSet(key, load(key), { forceFresh: true }).then((value) => check(key, value)),
        () =>
          cache
            .getOrSetMany([key, other], (keys) => new Map(keys.map((each) => [each, load(each)()])))
            .then((values) => values.forEach((value, each) => void check(each, value))),
        () => cache.get(key).then((value) => check(key, value)),
        () => cache.set(key, `${key}:set`),
        () => cache.delete(key),
        () => cache.writeThrough(key, `${key}:through`, () => {}),
      ][Math.floor(random() * 7)];
      open++;
      const end = () => {
        open--;
      };
      call?.().then(end, end);
      clock.advance(Math.floor(random() * 40));
      if (step % 10 === 0) await settled(1);
    }
    const closing = cache.close();
    for (let turn = 0; turn < 50 && open > 0; turn++) {
      await settled();
      clock.advance(200);
    }
    await closing;
    await settled();
    process.off('unhandledRejection', note);
    expect({ wrong, open, rejections }).toEqual({ wrong: 0, open: 0, rejections: [] });
  });
});
