import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CacheEvent } from '../../src/contracts/events.js';
import { type OpenCache, settings } from '../cache/settings.js';
import { deferred } from './deferred.js';

describe.each(settings)('getOrSet on $name', ({ open }) => {
  let opened: OpenCache;
  beforeEach(async () => {
    opened = await open({ ttl: '1m' });
  });
  afterEach(() => opened.close());

  it('loads once for all who miss together, and then answers from the cache', async () => {
    const { cache } = opened;
    const gate = deferred<string>();
    let loads = 0;
    const callers = Array.from({ length: 100 }, () =>
      cache.getOrSet('k', () => {
        loads++;
        return gate.promise;
      }),
    );
    gate.resolve('loaded');
    expect(new Set(await Promise.all(callers))).toEqual(new Set(['loaded']));
    expect(await cache.getOrSet('k', () => 'again')).toBe('loaded');
    expect(loads).toBe(1);
    expect(cache.stats()).toMatchObject({ loads: 1, misses: 100, hits: 1 });
  });

  it('shares one failure among all who wait, and loads again for the next', async () => {
    const { cache } = opened;
    let loads = 0;
    const fail = () => {
      loads++;
      throw new RangeError('source is down');
    };
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => cache.getOrSet('k', fail)));
    for (const outcome of outcomes)
      expect(outcome).toMatchObject({ status: 'rejected', reason: { message: 'source is down' } });
    expect(loads).toBe(1);
    expect(await cache.getOrSet('k', () => 'up again')).toBe('up again');
    expect(cache.stats()).toMatchObject({ loads: 1, loadErrors: 1 });
  });

  it('caches nothing where the loader finds nothing', async () => {
    const { cache } = opened;
    expect(await cache.getOrSet('k', () => undefined)).toBeUndefined();
    expect(await cache.has('k')).toBe(false);
    expect(await cache.getOrSet('k', () => null)).toBeNull();
    expect(await cache.has('k')).toBe(true);
  });

  it('listens to what the loader says of the entry', async () => {
    const { cache } = opened;
    await cache.getOrSet(
      'k',
      ({ key, signal, setTtl, setTags }) => {
        expect(key).toBe('k');
        expect(signal.aborted).toBe(false);
        setTtl('5s');
        setTags(['t']);
        return 'v';
      },
      { ttl: '1h', indexes: { user: 'alice' } },
    );
    expect(await cache.ttlSeconds('k')).toBe(5);
    expect(await cache.getEntry('k')).toMatchObject({ tags: ['t'], indexes: { user: 'alice' } });
    expect(
      await cache.getOrSet('skipped', ({ skip }) => {
        skip();
        return 'v';
      }),
    ).toBe('v');
    expect(await cache.has('skipped')).toBe(false);
  });

  it('lengthens the life by the drawn part of the jitter, in set and in load alike', async () => {
    const drawing = await open({ ttl: '10s', jitter: '4s', staleIfError: '5s', random: () => 0.5 });
    const { cache, clock } = drawing;
    await cache.set('set', 'v');
    await cache.getOrSet('loaded', () => 'v');
    await cache.getOrSet('adaptive', ({ setTtl }) => {
      setTtl('20s');
      return 'v';
    });
    await cache.getOrSet('steady', () => 'v', { jitter: '0s' });
    const lives: number[][] = [];
    for (const key of ['set', 'loaded', 'adaptive', 'steady']) {
      const entry = await cache.getEntry(key);
      lives.push([(entry?.freshUntil ?? 0) - clock.now(), (entry?.staleUntil ?? 0) - clock.now()]);
    }
    expect(lives).toEqual([
      [12_000, 17_000],
      [12_000, 17_000],
      [22_000, 27_000],
      [10_000, 15_000],
    ]);
    await drawing.close();
  });

  it("holds an entry with ttl 'never' for ever, with windows and jitter as without", async () => {
    const { cache, clock } = opened;
    const options = { ttl: 'never', staleWhileRevalidate: '1s', staleIfError: 'never', jitter: '1h' } as const;
    await cache.getOrSet('k', () => 'v', options);
    clock.advance(100 * 365 * 86_400_000);
    expect(await cache.getOrSet('k', () => 'again', options)).toBe('v');
    expect(await cache.ttlSeconds('k')).toBe(Number.POSITIVE_INFINITY);
  });

  it('measures the load, and dates the entry from its start', async () => {
    const { cache, clock } = opened;
    const started = clock.now();
    await cache.getOrSet('k', () => {
      clock.advance(250);
      return 'v';
    });
    const entry = await cache.getEntry('k');
    expect(entry?.loadMillis).toBe(250);
    expect(entry?.createdAt).toBeCloseTo(started, 0);
    expect(entry?.freshUntil).toBe(clock.now() + 60_000);
  });

  it.each([
    ['delete', ({ cache }: OpenCache) => cache.delete('k')],
    ['deleteMany', ({ cache }: OpenCache) => cache.deleteMany(['k', 'other'])],
    ['deleteMatching', ({ cache }: OpenCache) => cache.deleteMatching('*')],
    ['clear', ({ cache }: OpenCache) => cache.clear()],
  ])('never stores a value whose load began before a %s', async (_, invalidate) => {
    const { cache } = opened;
    await cache.set('k', 'outdated');
    await cache.delete('k');
    const gate = deferred<string>();
    const begun = deferred<void>();
    const load = cache.getOrSet('k', () => {
      begun.resolve();
      return gate.promise;
    });
    await begun.promise;
    await invalidate(opened);
    gate.resolve('read before the invalidation');
    expect(await load).toBe('read before the invalidation');
    expect(await cache.get('k')).toBeUndefined();
  });

  it.each([
    ['set', ({ cache }: OpenCache) => cache.set('k', 'newer')],
    ['setMany', ({ cache }: OpenCache) => cache.setMany([['k', 'newer']])],
    ['add', ({ cache }: OpenCache) => cache.add('k', 'newer')],
  ])('never overwrites what a %s wrote during the load', async (_, write) => {
    const { cache } = opened;
    const gate = deferred<string>();
    const begun = deferred<void>();
    const load = cache.getOrSet('k', () => {
      begun.resolve();
      return gate.promise;
    });
    await begun.promise;
    await write(opened);
    gate.resolve('older');
    await load;
    expect(await cache.get('k')).toBe('newer');
  });

  it('tells what happened, once per load', async () => {
    const { cache } = opened;
    const seen: CacheEvent['type'][] = [];
    for (const type of ['hit', 'miss', 'load', 'load-error'] as const) cache.on(type, (event) => seen.push(event.type));
    await Promise.all([cache.getOrSet('k', () => 1), cache.getOrSet('k', () => 1)]);
    await cache.getOrSet('k', () => 1);
    await cache.getOrSet('bad', () => Promise.reject(new Error('down'))).catch(() => {});
    expect(seen.sort()).toEqual(['hit', 'load', 'load-error', 'miss', 'miss', 'miss']);
  });

  it('aborts the signal of loads under way when the cache closes', async () => {
    const { cache } = opened;
    const begun = deferred<void>();
    const load = cache.getOrSet('k', async ({ signal }) => {
      begun.resolve();
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      return 'too late';
    });
    const settled = Promise.allSettled([load]);
    await begun.promise;
    await cache.close();
    expect(await settled).toHaveLength(1);
  });
});
