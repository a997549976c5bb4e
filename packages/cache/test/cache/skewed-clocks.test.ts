import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCache } from '../../src/cache/create-cache.js';
import type { Cache } from '../../src/contracts/cache.js';
import { type ChaosStore, chaosStore } from '../../src/testing/chaos-store.js';
import { type FakeClock, fakeClock } from '../../src/testing/fake-clock.js';
import { memoryMapStore } from '../../src/testing/memory-map-store.js';
import { seededRandom } from '../../src/testing/seeded-random.js';
import { deferred } from '../load/deferred.js';
import { skewedClock } from '../tiers/skewed-clock.js';

const minute = 60_000;
const skews = [-7 * minute, 0, 7 * minute];

/** Three processes, whose clocks differ by quarters of an hour, on one store that knows what time it is. */
let truth: FakeClock;
let store: ChaosStore;
let caches: Cache[];
let slow: Cache;
let fast: Cache;

beforeEach(() => {
  truth = fakeClock();
  store = chaosStore(memoryMapStore({ clock: truth }), { random: seededRandom(1), clock: truth });
  caches = skews.map((by) => open(by));
  [slow, , fast] = caches as [Cache, Cache, Cache];
});
afterEach(async () => {
  store.become({ errorRate: 0, hangRate: 0 });
  await Promise.all(caches.map((cache) => cache.close()));
});

function open(by: number): Cache {
  const close = async () => {};
  return createCache({
    clock: skewedClock(truth, by),
    storeTime: true,
    store: { ...store, close },
    memory: false,
    storeTimeout: '300ms',
    circuitBreaker: false,
  });
}

const settled = () => new Promise(setImmediate);

describe('caches whose clocks are minutes apart, on a store that knows the time', () => {
  it('see an entry for as long as it lives, whoever wrote it, and none after that', async () => {
    for (const [at, cache] of caches.entries()) await cache.set(`by ${at}`, at, { ttl: '10s' });
    const seen = () => Promise.all(caches.map(async (cache) => (await cache.getMany(['by 0', 'by 1', 'by 2'])).size));
    expect(await seen()).toEqual([3, 3, 3]);
    truth.advance(9_990);
    expect(await seen()).toEqual([3, 3, 3]);
    truth.advance(10);
    expect(await seen()).toEqual([0, 0, 0]);
  });

  it('agree on how long an entry has left', async () => {
    await fast.set('k', 1, { ttl: '1m' });
    for (const cache of caches) expect(await cache.ttlSeconds('k')).toBe(60);
    truth.advance(30_000);
    for (const cache of caches) expect(await cache.ttlSeconds('k')).toBe(30);
  });

  it('begin an entry when it began: the first call of each waits for the time', async () => {
    for (const cache of caches) {
      await cache.set('k', 1);
      expect(Math.floor((await cache.getEntry('k'))?.createdAt ?? 0)).toBe(truth.now());
    }
  });

  it.each([
    ['delete', (cache: Cache) => cache.delete('k')],
    ['invalidateTags', (cache: Cache) => cache.invalidateTags(['t'], { remove: true })],
    ['clear', (cache: Cache) => cache.clear()],
  ])('let %s of the slow one beat the value of the fast one', async (_, invalidate) => {
    await fast.set('k', 'old', { tags: ['t'] });
    truth.advance(1);
    await invalidate(slow);
    for (const cache of caches) expect(await cache.get('k')).toBeUndefined();
  });

  it.each([
    ['invalidateTags', (cache: Cache) => cache.invalidateTags(['t'], { remove: true })],
    ['clear', (cache: Cache) => cache.clear()],
  ])('let a value that the slow one wrote after %s of the fast one stand', async (_, invalidate) => {
    await invalidate(fast);
    truth.advance(10);
    await slow.set('k', 'new', { tags: ['t'] });
    for (const cache of caches) expect(await cache.get('k')).toBe('new');
  });

  it('do not store a load of the fast one that the slow one invalidated meanwhile', async () => {
    const answer = deferred<string>();
    const load = fast.getOrSet('k', () => answer.promise, { tags: ['t'] });
    await settled();
    truth.advance(50);
    await slow.invalidateTags(['t'], { remove: true });
    answer.resolve('old');
    expect(await load).toBe('old');
    for (const cache of caches) expect(await cache.get('k')).toBeUndefined();
  });

  it('serve what is stale for as long as its window is open, and no longer', async () => {
    const windows = { ttl: '10s', staleIfError: '20s' } as const;
    const down = () => Promise.reject(new Error('source is down'));
    await fast.getOrSet('k', () => 'value', windows);
    truth.advance(29_000);
    expect(await slow.getOrSet('k', down, windows)).toBe('value');
    truth.advance(1_000);
    await expect(open(-7 * minute).getOrSet('k', down, windows)).rejects.toThrow('source is down');
  });

  it('count up in one life: whoever comes first begins it', async () => {
    expect(await fast.increment('n', 1, { ttl: '10s' })).toBe(1);
    truth.advance(9_000);
    expect(await slow.increment('n', 1, { ttl: '10s' })).toBe(2);
    truth.advance(1_000);
    expect(await slow.increment('n', 1, { ttl: '10s' })).toBe(1);
  });
});

describe('a first call whose time is not known', () => {
  it('ends within its deadline where the store hangs, the wait for the time included', async () => {
    store.become({ hangRate: 1 });
    const calls = [slow.get('k'), slow.set('k', 1)];
    const results = Promise.all(calls);
    truth.advance(300);
    await settled();
    truth.advance(0);
    expect(await results).toEqual([undefined, false]);
  });

  it('goes on with its own clock where the store does not tell, and says so once', async () => {
    const errors: unknown[] = [];
    const cache = createCache({
      clock: skewedClock(truth, 7 * minute),
      storeTime: true,
      store: { ...store, time: () => Promise.reject(new Error('no permission')) },
    });
    cache.on('store-error', ({ operation, error }) => errors.push([operation, error.message]));
    await cache.set('k', 1);
    expect((await cache.getEntry('k'))?.createdAt).toBe(truth.now() + 7 * minute);
    truth.advance(minute);
    await cache.set('other', 1);
    await settled();
    expect(errors).toEqual([['time', 'no permission']]);
    await cache.close();
  });

  it('keeps the order of calls that nobody waited for', async () => {
    const cache = createCache({ clock: skewedClock(truth, 7 * minute), storeTime: true, store });
    const calls = [cache.set('k', 1), cache.get('k'), cache.delete('k'), cache.get('k')];
    expect(await Promise.all(calls)).toEqual([true, 1, true, undefined]);
    await cache.close();
  });

  it('is refused where the cache was closed meanwhile', async () => {
    const cache = open(0);
    const call = cache.get('k');
    await cache.close();
    await expect(call).rejects.toMatchObject({ code: 'LARDER_CLOSED' });
  });

  it('is a plain call where a clock was given and the time of the store not asked for', async () => {
    const cache = createCache({ clock: skewedClock(truth, 7 * minute), store });
    await cache.set('k', 1);
    expect((await cache.getEntry('k'))?.createdAt).toBe(truth.now() + 7 * minute);
    await cache.close();
  });
});

describe('a cache that began while its store was away, with a clock seven minutes ahead', () => {
  let early: Cache;
  beforeEach(async () => {
    early = createCache({ clock: skewedClock(truth, 7 * minute), storeTime: true, store, circuitBreaker: false });
    store.become({ errorRate: 1 });
    await early.set('k', 'early', { ttl: '10s', tags: ['t'] });
    await early.invalidateTags(['u']);
    await settled();
    store.become({ errorRate: 0 });
    truth.advance(2_000);
  });
  afterEach(() => early.close());

  it('keeps what it took into memory for the rest of its life, and no longer', async () => {
    await early.get('learn the time');
    expect(await early.get('k')).toBe('early');
    expect(await early.ttlSeconds('k')).toBe(8);
    truth.advance(7_999);
    expect(await early.get('k')).toBe('early');
    truth.advance(1);
    expect(await early.get('k')).toBeUndefined();
  });

  it('tells of its end when it has come, and not seven minutes later', async () => {
    const expired: string[] = [];
    early.on('expire', ({ key }) => expired.push(key));
    await early.get('learn the time');
    truth.advance(10_000);
    expect(expired).toEqual(['k']);
  });

  it('dates what it writes from then on as all do', async () => {
    await early.set('k', 'late', { tags: ['t'] });
    expect(Math.floor((await early.getEntry('k'))?.createdAt ?? 0)).toBe(truth.now());
    truth.advance(10);
    await slow.invalidateTags(['t'], { remove: true });
    expect(await fast.get('k')).toBeUndefined();
  });

  it('does not take new entries for older than what it invalidated before', async () => {
    await early.set('k', 'new', { tags: ['u'] });
    expect(await early.get('k')).toBe('new');
    await early.getOrSet('loaded', () => 'value', { tags: ['u'] });
    expect(await early.get('loaded')).toBe('value');
  });

  it('does not store what it began to load by the wrong clock', async () => {
    const cache = createCache({ clock: skewedClock(truth, 7 * minute), storeTime: true, store, circuitBreaker: false });
    store.become({ errorRate: 1 });
    const answer = deferred<string>();
    const load = cache.getOrSet('slow', () => answer.promise);
    await settled();
    store.become({ errorRate: 0 });
    truth.advance(2_000);
    await cache.get('learn the time');
    answer.resolve('value');
    expect(await load).toBe('value');
    expect(await cache.get('slow')).toBeUndefined();
    await cache.close();
  });
});
