import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCache } from '../../src/cache/create-cache.js';
import type { Cache } from '../../src/contracts/cache.js';
import type { CacheEvent } from '../../src/contracts/events.js';
import { type FakeClock, fakeClock } from '../../src/testing/fake-clock.js';
import { settings } from '../cache/settings.js';
import { heldLoad, loadsEnded, settled } from './held-load.js';
import { type HeldStore, heldStore } from './held-store.js';

describe('refreshAhead', () => {
  let clock: FakeClock;
  let store: HeldStore;
  let cache: Cache;
  let drawn: number;
  let events: CacheEvent[];
  beforeEach(() => {
    clock = fakeClock();
    store = heldStore();
    drawn = 0;
    cache = createCache({ clock, store, memory: false, ttl: '100s', refreshAhead: 0.8, random: () => drawn });
    events = [];
    for (const type of ['hit', 'load', 'load-error', 'refresh', 'stale-served'] as const)
      cache.on(type, (event) => events.push(event));
  });
  afterEach(() => cache.close());

  it('answers with the fresh value and renews it in the background, from the fraction on, once', async () => {
    await cache.set('k', 'old');
    clock.advance(79_999);
    const load = heldLoad();
    expect(await cache.getOrSet('k', load.loader)).toBe('old');
    expect(load.runs()).toBe(0);
    clock.advance(1);
    expect(await Promise.all([1, 2, 3].map(() => cache.getOrSet('k', load.loader)))).toEqual(['old', 'old', 'old']);
    expect(load.runs()).toBe(1);
    load.answer('new');
    await loadsEnded({ cache }, 1);
    expect(await cache.getOrSet('k', load.loader)).toBe('new');
    expect(await cache.ttlSeconds('k')).toBe(100);
    expect(cache.stats()).toMatchObject({ refreshes: 1, loads: 1, staleHits: 0, misses: 0 });
    expect(events).toContainEqual({ type: 'refresh', namespace: '', key: 'k', reason: 'early' });
    expect(events).toContainEqual({
      type: 'load',
      namespace: '',
      key: 'k',
      reason: 'early',
      millis: 0,
      freshUntil: expect.any(Number),
    });
  });

  it('sees the value that it is to renew', async () => {
    await cache.set('k', 'old');
    clock.advance(80_000);
    const load = heldLoad();
    await cache.getOrSet('k', load.loader);
    const context = await load.begun;
    expect(context.stale).toMatchObject({ value: 'old' });
    load.answer(context.notModified() as never);
    await loadsEnded({ cache }, 1);
    expect(await cache.ttlSeconds('k')).toBe(100);
  });

  it('is off for a call, a namespace, and what never ends', async () => {
    const off = cache.namespace('off', { refreshAhead: false });
    await Promise.all([cache.set('k', 1), off.set('k', 1), cache.set('endless', 1, { ttl: 'never' })]);
    clock.advance(99_000);
    const load = heldLoad<number>();
    await cache.getOrSet('k', load.loader, { refreshAhead: false });
    await off.getOrSet('k', load.loader);
    await cache.getOrSet('endless', load.loader);
    expect(load.runs()).toBe(0);
  });

  it('is of no concern to reads that do not load', async () => {
    await cache.set('k', 'old');
    clock.advance(90_000);
    expect(await cache.get('k')).toBe('old');
    expect(await cache.getMany(['k'])).toEqual(new Map([['k', 'old']]));
    expect(cache.stats().refreshes).toBe(0);
  });

  it("draws with 'auto': at a load's time before the end 37 % of the hits refresh", async () => {
    const options = { refreshAhead: 'auto' } as const;
    await cache.getOrSet('k', slow(2_000), options);
    clock.advance(98_000);
    drawn = 0.63;
    expect(await cache.getOrSet('k', () => 'new', options)).toBe('loaded');
    expect(cache.stats().refreshes).toBe(0);
    drawn = 0.64;
    expect(await cache.getOrSet('k', () => 'new', options)).toBe('loaded');
    expect(cache.stats().refreshes).toBe(1);
    await loadsEnded({ cache }, 2);
  });

  it('leaves the fresh value when it fails, and backs off', async () => {
    await cache.set('k', 'old');
    clock.advance(80_000);
    let loads = 0;
    const fail = () => {
      loads++;
      return Promise.reject(new Error('down'));
    };
    for (let read = 0; read < 10; read++) {
      expect(await cache.getOrSet('k', fail)).toBe('old');
      await settled();
    }
    expect(loads).toBe(1);
    clock.advance(1_000);
    await cache.getOrSet('k', fail);
    expect(loads).toBe(2);
    expect(events).toContainEqual(expect.objectContaining({ type: 'load-error', reason: 'early' }));
  });

  it.each([
    ['set', () => cache.set('k', 'newer'), 'newer'],
    ['update', () => cache.update('k', () => 'newer'), 'newer'],
    ['delete', () => cache.delete('k'), undefined],
    ['clear', () => cache.clear(), undefined],
    ['deleteMatching', () => cache.deleteMatching('*'), undefined],
    ['writeThrough', () => cache.writeThrough('k', 'newer', () => {}), 'newer'],
    ['touch', () => cache.touch('k', '1h'), 'old'],
  ] as const)('gives way to a %s that comes during the refresh', async (_, write, expected) => {
    await cache.set('k', 'old');
    clock.advance(80_000);
    const load = heldLoad();
    await cache.getOrSet('k', load.loader);
    await load.begun;
    await write();
    load.answer('read before');
    await loadsEnded({ cache }, 1);
    expect(await cache.get('k')).toBe(expected);
  });

  it('gives way to an increment that comes during the refresh', async () => {
    await cache.set('n', 1);
    clock.advance(80_000);
    const load = heldLoad<number>();
    await cache.getOrSet('n', load.loader);
    await load.begun;
    expect(await cache.increment('n')).toBe(2);
    load.answer(1);
    await loadsEnded({ cache }, 1);
    expect(await cache.get('n')).toBe(2);
  });

  it('never brings back what was deleted while it was read', async () => {
    await cache.set('k', 'deleted');
    clock.advance(80_000);
    const release = store.hold('get', 'answer');
    const call = cache.getOrSet('k', ({ stale, notModified }) => (stale === undefined ? 'loaded' : notModified()));
    await settled();
    await cache.delete('k');
    release();
    expect(await call).toBe('deleted');
    await settled();
    expect(await cache.get('k')).not.toBe('deleted');
  });

  it('goes on where the value runs out during the refresh: whoever comes waits for it', async () => {
    await cache.set('k', 'old');
    clock.advance(99_999);
    const load = heldLoad();
    expect(await cache.getOrSet('k', load.loader)).toBe('old');
    clock.advance(1);
    const next = cache.getOrSet('k', load.loader);
    await settled();
    load.answer('new');
    expect(await next).toBe('new');
    expect(load.runs()).toBe(1);
  });

  function slow(millis: number): () => string {
    return () => {
      clock.advance(millis);
      return 'loaded';
    };
  }
});

describe.each(settings)('refreshAhead on $name', ({ open }) => {
  const ways: readonly (readonly [string, (cache: Cache) => Promise<unknown>])[] = [
    ['loaded', (cache) => cache.getOrSet('k', () => 1)],
    ['set', (cache) => cache.set('k', 1)],
    ['updated', (cache) => cache.set('k', 0).then(() => cache.update('k', () => 1))],
    ['incremented', (cache) => cache.increment('k')],
    ['touched', (cache) => cache.set('k', 1).then(() => cache.touch('k', '100s'))],
  ];

  it.each(ways.flatMap(([how, write]) => [[how, 'nobody', write] as const, [how, 'somebody', write] as const]))(
    'renews what was %s, also while %s listens to hits',
    async (how, listens, write) => {
      const { cache, clock, close } = await open({ ttl: '100s', refreshAhead: 0.8 });
      if (listens === 'somebody') cache.on('hit', () => {});
      await write(cache);
      clock.advance(79_990);
      expect(await cache.getOrSet('k', () => 2)).toBe(1);
      expect(cache.stats().refreshes).toBe(0);
      // A changed value dates from a part of a millisecond later.
      clock.advance(20);
      expect(await cache.getOrSet('k', () => 2)).toBe(1);
      expect(cache.stats().refreshes).toBe(1);
      await settled();
      await loadsEnded({ cache }, how === 'loaded' ? 2 : 1);
      expect(await cache.get('k')).toBe(2);
      await close();
    },
  );
});
