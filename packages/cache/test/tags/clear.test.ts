import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCache } from '../../src/cache/create-cache.js';
import type { Cache } from '../../src/contracts/cache.js';
import type { Store } from '../../src/contracts/store.js';
import { StoreError } from '../../src/errors.js';
import { chaosStore } from '../../src/testing/chaos-store.js';
import { type FakeClock, fakeClock } from '../../src/testing/fake-clock.js';
import { memoryMapStore } from '../../src/testing/memory-map-store.js';
import { seededRandom } from '../../src/testing/seeded-random.js';
import { type OpenCache, settings } from '../cache/settings.js';
import { heldLoad, settled } from '../load/held-load.js';
import { heldStore } from '../load/held-store.js';
import { openTwo, pairs, type TwoCaches } from './two-caches.js';

const failing = () => Promise.reject(new Error('source is down'));

describe.each(settings)('clear on $name', ({ open }) => {
  let opened: OpenCache;
  let cache: Cache;
  beforeEach(async () => {
    opened = await open({ ttl: '1h', staleIfError: '1h' });
    cache = opened.cache;
  });
  afterEach(() => opened.close());

  it('leaves nothing, not even for stale windows', async () => {
    await cache.set('fresh', 1, { ttl: '3h', tags: ['t'], indexes: { of: 'x' } });
    await cache.set('stale', 1);
    opened.clock.advance(3_600_000);
    await cache.clear();
    expect(await cache.get('fresh')).toBeUndefined();
    expect(await cache.getKeysByIndex('of', 'x')).toEqual([]);
    expect((await cache.keysPage({})).keys).toEqual([]);
    await expect(cache.getOrSet('fresh', failing)).rejects.toThrow('source is down');
    await expect(cache.getOrSet('stale', failing)).rejects.toThrow('source is down');
  });

  it('leaves parents, children and siblings alone', async () => {
    const child = cache.namespace('child');
    const others = [cache, child.namespace('child'), cache.namespace('child2'), cache.namespace('chil')];
    for (const each of [child, ...others]) await each.set('k', 1, { tags: ['t'], indexes: { of: 'x' } });
    await child.clear();
    expect(await child.get('k')).toBeUndefined();
    for (const each of others) {
      expect(await each.get('k')).toBe(1);
      expect(await each.getKeysByIndex('of', 'x')).toEqual(['k']);
    }
  });

  it('beats a load and a write that began before, and not those that began after', async () => {
    const [first, second] = [heldLoad(), heldLoad()];
    const before = cache.getOrSet('k', first.loader);
    await first.begun;
    const setting = cache.set('written', 'before');
    const clearing = cache.clear();
    const settingAfter = cache.set('kept', 'after');
    await Promise.all([setting, clearing, settingAfter]);
    const after = cache.getOrSet('k', second.loader);
    await second.begun;
    first.answer('old');
    expect(await before).toBe('old');
    second.answer('new');
    expect(await after).toBe('new');
    expect((await cache.getMany(['k', 'written', 'kept'])).size).toBe(2);
    expect(await cache.get('k')).toBe('new');
    expect(await cache.get('kept')).toBe('after');
  });

  it('beats a change that is under way', async () => {
    await cache.set('n', 1);
    const updating = cache.update('n', () => 2);
    const clearing = cache.clear();
    await Promise.all([updating, clearing]);
    expect(await cache.get('n')).toBeUndefined();
  });

  it('counts what it hid as absent', async () => {
    for (const key of ['a', 'b', 'c']) await cache.set(key, 1);
    await cache.clear();
    expect(await cache.delete('a')).toBe(false);
    expect(await cache.add('b', 2)).toBe(true);
    expect(await cache.update('c', () => 2)).toBeUndefined();
  });

  it('reports one event, however many entries there were', async () => {
    const events: unknown[] = [];
    for (const type of ['clear', 'delete', 'evict', 'expire'] as const) cache.on(type, (event) => events.push(event));
    await cache.setMany(Array.from({ length: 3_000 }, (_, at): [string, number] => [`k${at}`, at]));
    await cache.clear();
    for (let turn = 0; turn < 5; turn++) {
      opened.clock.advance(10);
      await settled();
    }
    opened.clock.advance(7_200_000);
    expect(events).toEqual([{ type: 'clear', namespace: '' }]);
  });
});

describe.each(pairs)('clear by one of two caches on $name', ({ sureAfter, open }) => {
  let two: TwoCaches;
  beforeEach(async () => {
    two = await open({ ttl: '1h' });
  });
  afterEach(() => two.close());

  const readStore = (cache: Cache) => cache.getMany(['read']);

  it('hides all at once, and reclaims it in the background', async () => {
    const { one, other, clock, store } = two;
    const keys = Array.from({ length: 1_500 }, (_, at) => `k${at}`);
    await one.setMany(keys.map((key): [string, number] => [key, 1]), { ttl: 'never' }); // biome-ignore format: short
    clock.advance(1);
    await one.clear();
    await readStore(other);
    expect(await other.getMany(keys)).toEqual(new Map());
    await other.set('kept', 1);
    let held = -1;
    for (let turn = 0; held !== 1 && turn < 10_000; turn++) {
      await settled(1);
      held = (await store.scan(':', { limit: 2_000 }, { now: clock.now() })).keys.length;
    }
    expect(held).toBe(1);
    expect(await two.newcomer().get('kept')).toBe(1);
  });

  it('leaves what the other wrote since', async () => {
    const { one, other, clock } = two;
    await other.set('k', 'old');
    clock.advance(1);
    await one.clear();
    clock.advance(sureAfter);
    await other.set('k', 'new');
    await settled(20);
    for (const cache of [one, other, two.newcomer()]) expect(await cache.get('k')).toBe('new');
  });

  it('beats a load of the other that began before', async () => {
    const { one, other, clock } = two;
    const load = heldLoad();
    const loading = other.getOrSet('k', load.loader);
    await load.begun;
    clock.advance(1);
    await one.clear();
    load.answer('old');
    expect(await loading).toBe('old');
    await readStore(other);
    for (const cache of [one, other, two.newcomer()]) expect(await cache.get('k')).toBeUndefined();
  });

  it('is told to a newcomer, before the rest is reclaimed', async () => {
    const { one, clock } = two;
    await one.setMany(Array.from({ length: 600 }, (_, at): [string, number] => [`k${at}`, at]));
    clock.advance(1);
    const clearing = one.clear();
    const newcomer = two.newcomer();
    await clearing;
    expect((await newcomer.getMany(['k0', 'k599'])).size).toBe(0);
    expect((await newcomer.keysPage({})).keys).toEqual([]);
  });
});

describe('a clear of memory', () => {
  let clock: FakeClock;
  beforeEach(() => {
    clock = fakeClock();
  });

  function filled(rows: number, maxEntries = 400_000): Cache {
    const cache = createCache({ clock, ttl: '1h', memory: { maxEntries, maxBytes: '1gb' } });
    for (let at = 0; at < rows; at++) void cache.set(`k${at}`, at);
    return cache;
  }

  function millisOfClear(rows: number): number {
    const cache = filled(rows);
    const begin = performance.now();
    void cache.clear();
    return performance.now() - begin;
  }

  it('takes about as long for 200,000 rows as for 2,000', () => {
    const best = (rows: number) => Math.min(...[1, 2, 3].map(() => millisOfClear(rows)));
    millisOfClear(2_000);
    const [few, many] = [best(2_000), best(200_000)];
    // Removing them one by one takes a hundred times as long; a slow machine is allowed ten.
    expect(many).toBeLessThan(Math.max(10 * few, 5));
  });

  it('gives the rows back step by step, without events, while new writes of the same keys stay', async () => {
    const rows = 200_000;
    const cache = filled(rows);
    const events: unknown[] = [];
    cache.on('evict', (event) => events.push(event));
    cache.on('expire', (event) => events.push(event));
    await cache.clear();
    expect(await cache.get('k7')).toBeUndefined();
    for (let at = 0; at < rows; at += 1_000) await cache.set(`k${at}`, 'new', { ttl: '3h' });
    const sizes: number[] = [];
    for (let step = 0; step < 1_000 && clock.pendingTasks() > 1; step++) {
      sizes.push(cache.stats().memory.entries);
      clock.advance(0);
    }
    clock.advance(0);
    const figures = cache.memory?.inspect();
    expect(figures?.entries).toBe(200);
    for (const [at, size] of sizes.slice(1).entries()) expect((sizes[at] as number) - size).toBeLessThanOrEqual(4_096);
    for (let at = 0; at < rows; at += 1_000) expect(await cache.get(`k${at}`)).toBe('new');
    expect((await all(cache)).length).toBe(200);
    clock.advance(2 * 3_600_000);
    expect(events).toEqual([]);
    expect(cache.stats().memory).toMatchObject({ entries: 200, evictions: 0, expirations: 0 });
    await cache.clear();
    expect(cache.memory?.inspect()).toMatchObject({ entries: 0, bytes: 0 });
    await cache.close();
  });

  it('makes room: what is written right after it is not evicted for rows that nobody finds any more', async () => {
    for (const policy of ['w-tinylfu', 's3-fifo', 'lru'] as const) {
      const rows = 20_000;
      const cache = createCache({ clock, ttl: '1h', memory: { maxEntries: rows, policy } });
      for (let at = 0; at < rows; at++) await cache.set(`k${at}`, at);
      for (let at = 0; at < rows; at++) await cache.get(`k${at}`);
      await cache.clear();
      const fresh = Array.from({ length: 10_000 }, (_, at) => `new${at}`);
      for (const key of fresh) await cache.set(key, 1);
      expect([policy, (await cache.getMany(fresh)).size]).toEqual([policy, fresh.length]);
      await cache.close();
    }
  });

  it('can follow upon another before its rows are gone, in several namespaces', async () => {
    const cache = filled(5_000);
    const child = cache.namespace('child');
    for (let round = 0; round < 5; round++) {
      for (let at = 0; at < 5_000; at++) await child.set(`k${at}`, round);
      await child.clear();
      for (let at = 0; at < 5_000; at++) await child.set(`k${at}`, `${round} again`);
      clock.advance(0);
      await child.clear();
    }
    await child.set('kept', 1);
    for (let step = 0; step < 200; step++) clock.advance(0);
    expect(cache.stats().memory.entries).toBe(5_001);
    expect(await child.get('kept')).toBe(1);
    expect(await cache.get('k4999')).toBe(4_999);
    expect((await all(child)).length).toBe(1);
    await cache.close();
  });

  it('counts none of its rows among those that prune removes', async () => {
    const cache = filled(3_000);
    await cache.clear();
    clock.advance(0);
    expect(await cache.prune()).toBe(0);
    await cache.close();
  });

  it('may be cut short by close', async () => {
    const cache = filled(50_000);
    await cache.clear();
    await cache.close();
    for (let step = 0; step < 50; step++) clock.advance(0);
    expect(cache.stats().memory.entries).toBe(0);
    // The sweep of what expires has a timer, which keeps no process alive.
    expect(clock.pendingTasks()).toBeLessThanOrEqual(1);
  });
});

describe('a clear of a store', () => {
  function ofKeys(count: number): [string, number][] {
    return Array.from({ length: count }, (_, at) => [`k${at}`, at]);
  }

  it('is over before what it hid is reclaimed, and close ends the reclaiming', async () => {
    const store = heldStore();
    const two = openTwo(store, { memory: false });
    await two.one.setMany(ofKeys(2_000));
    const release = store.hold('scan');
    await two.one.clear();
    expect(await two.one.get('k1')).toBeUndefined();
    const closing = two.one.close();
    release();
    await closing;
    const scans = store.calls.filter((method) => method === 'scan').length;
    expect(scans).toBe(1);
    expect(await two.newcomer().getMany(ofKeys(2_000).map(([key]) => key))).toEqual(new Map());
    await two.close();
  });

  it('hides all the same where reclaiming fails, and reclaims nothing newer', async () => {
    const clock = fakeClock();
    const chaos = chaosStore(memoryMapStore(), { random: seededRandom(3), clock });
    const two = openTwo(chaos, { memory: false });
    await two.one.setMany(ofKeys(1_000));
    two.clock.advance(1);
    const clearing = two.one.clear();
    await clearing;
    chaos.become({ errorRate: 1 });
    await settled(20);
    chaos.become({ errorRate: 0 });
    expect((await two.other.getMany(ofKeys(1_000).map(([key]) => key))).size).toBe(0);
    await two.close();
  });

  it("rejects where the store does not take it, with onStoreError: 'throw'", async () => {
    const chaos = chaosStore(memoryMapStore(), { random: seededRandom(3), clock: fakeClock() });
    const two = openTwo(chaos, { onStoreError: 'throw' });
    chaos.become({ errorRate: 1 });
    await expect(two.one.clear()).rejects.toMatchObject({ code: 'LARDER_STORE_FAILED' });
    chaos.become({ errorRate: 0 });
    await two.close();
  });

  it('rejects where the store refuses it, and will refuse it again, whatever onStoreError says', async () => {
    const map = memoryMapStore();
    const modify = () => Promise.reject(new StoreError('map', 'The map store is full.', { code: 'LARDER_STORE_FULL' }));
    const two = openTwo({ ...map, modify });
    await expect(two.one.clear()).rejects.toMatchObject({ code: 'LARDER_STORE_FULL' });
    await two.close();
  });

  it('reclaims where the store cannot list its keys no less than it can', async () => {
    const map = memoryMapStore();
    const store: Store = { ...map, capabilities: { ...map.capabilities, scan: false } };
    const cache = createCache({ clock: fakeClock(), store, memory: false });
    await cache.set('k', 1);
    await cache.clear();
    expect(await cache.get('k')).toBeUndefined();
    await cache.close();
  });
});

async function all(cache: Cache): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of cache.keys()) keys.push(key);
  return keys;
}
