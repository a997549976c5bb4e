import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCache } from '../../src/cache/create-cache.js';
import { RecursiveLoadError } from '../../src/errors.js';
import { fakeClock } from '../../src/testing/fake-clock.js';
import { type OpenCache, settings } from '../cache/settings.js';
import { deferred } from './deferred.js';
import { heldLoad, isPending, settled } from './held-load.js';
import { heldStore } from './held-store.js';

describe.each(settings)('one load a key on $name', ({ open }) => {
  let opened: OpenCache;
  beforeEach(async () => {
    opened = await open({ ttl: '1m' });
  });
  afterEach(() => opened.close());

  it.each([
    [
      'throws at once',
      () => {
        throw new RangeError('at once');
      },
      new RangeError('at once'),
    ],
    ['rejects', () => Promise.reject(new RangeError('later')), new RangeError('later')],
    ['rejects with undefined', () => Promise.reject(undefined), undefined],
    ['rejects with null', () => Promise.reject(null), null],
  ] as const)('shares the failure of a loader that %s, as it is', async (_, loader, reason) => {
    const { cache } = opened;
    const outcomes = await Promise.allSettled([1, 2, 3].map(() => cache.getOrSet('k', loader)));
    for (const outcome of outcomes) expect(outcome).toEqual({ status: 'rejected', reason });
    expect(cache.stats()).toMatchObject({ loadErrors: 1, loads: 0, misses: 3 });
  });

  it('takes a thenable for the promise that it is', async () => {
    const { cache } = opened;
    // biome-ignore lint/suspicious/noThenProperty: an object of another promise library
    const thenable = { then: (resolve: (value: string) => void) => resolve('v') };
    expect(await cache.getOrSet('k', () => thenable as unknown as Promise<string>)).toBe('v');
    expect(await cache.get('k')).toBe('v');
  });

  it('tells 0, the empty text, false and null from nothing', async () => {
    const { cache } = opened;
    for (const [key, value] of [
      ['a', 0],
      ['b', ''],
      ['c', false],
      ['d', null],
    ] as const) {
      expect(await cache.getOrSet(key, () => value)).toBe(value);
      expect(await cache.getOrSet(key, () => 'loaded again')).toBe(value);
    }
  });

  it('resolves undefined for all who wait where the loader found nothing, and asks again for the next', async () => {
    const { cache } = opened;
    const load = heldLoad<string>();
    const calls = [1, 2, 3].map(() => cache.getOrSet('k', load.loader));
    load.answer(undefined as unknown as string);
    expect(await Promise.all(calls)).toEqual([undefined, undefined, undefined]);
    expect(await cache.getOrSet('k', () => 'found')).toBe('found');
  });

  it('gives each of those who wait a value of its own where it could be changed', async () => {
    const { cache } = opened;
    const load = heldLoad<Map<string, number>>();
    const calls = [1, 2].map(() => cache.getOrSet('k', load.loader));
    load.answer(new Map([['a', 1]]));
    const [one, other] = await Promise.all(calls);
    one?.set('a', 666);
    expect(other).toEqual(new Map([['a', 1]]));
    expect(await cache.get('k')).toEqual(new Map([['a', 1]]));
  });

  it('keeps what the loader answered apart from what the loader does to it later', async () => {
    const { cache } = opened;
    const value = { list: [1] };
    const answered = await cache.getOrSet('k', () => value);
    value.list.push(666);
    expect(answered).toEqual({ list: [1] });
    expect(await cache.get('k')).toEqual({ list: [1] });
  });

  it('lets none of those who wait change what the others get, where it is not cached either', async () => {
    const { cache } = opened;
    const gate = deferred<number[]>();
    const load = ({ skip }: { skip(): void }) => {
      skip();
      return gate.promise;
    };
    const calls = [cache.getOrSet('k', load), cache.getOrSet('k', load)];
    gate.resolve([1]);
    const [one, other] = await Promise.all(calls);
    expect(other).toEqual([1]);
    // Of its own, or frozen like what is cached.
    expect(() => one?.push(666)).toThrow(TypeError);
  });

  it('loads each key, and each namespace, on its own', async () => {
    const { cache } = opened;
    const load = heldLoad<string>();
    const calls = [cache, cache.namespace('a'), cache.namespace('b')].flatMap((each) => [
      each.getOrSet('k', load.loader),
      each.getOrSet('l', load.loader),
    ]);
    load.answer('v');
    await Promise.all(calls);
    expect(load.runs()).toBe(6);
  });

  it('shares a load between two views of the same namespace', async () => {
    const { cache } = opened;
    const load = heldLoad();
    const calls = [cache.namespace('n'), cache.namespace('n')].map((each) => each.getOrSet('k', load.loader));
    load.answer('v');
    await Promise.all(calls);
    expect(load.runs()).toBe(1);
  });

  it('lets a loader use the cache for other keys', async () => {
    const { cache } = opened;
    const value = await cache.getOrSet('outer', async () => {
      const inner = await cache.getOrSet('inner', () => 'inner');
      await cache.set('side', 1);
      return `outer of ${inner}`;
    });
    expect(value).toBe('outer of inner');
    expect(await cache.getMany(['outer', 'inner', 'side'])).toEqual(
      new Map<string, unknown>([
        ['outer', value],
        ['inner', 'inner'],
        ['side', 1],
      ]),
    );
  });

  it('lets a loader read its own key, which is not there yet, and lets what it sets itself stand', async () => {
    const { cache } = opened;
    const value = await cache.getOrSet('k', async () => {
      expect(await cache.get('k')).toBeUndefined();
      await cache.set('k', 'set by the loader');
      return 'answered by the loader';
    });
    expect(value).toBe('answered by the loader');
    expect(await cache.get('k')).toBe('set by the loader');
  });

  it('refuses a loader that loads its own key at once, and recovers', async () => {
    const { cache } = opened;
    const call = cache.getOrSet('k', () => cache.getOrSet('k', () => 'inner'));
    await expect(call).rejects.toThrow(RecursiveLoadError);
    const many = cache.getOrSet('k', async () => (await cache.getOrSetMany(['k'], () => new Map())).get('k'));
    const { signal } = new AbortController();
    const observed = cache.getOrSet('l', () => cache.getOrSet('l', () => 'inner', { signal }));
    await expect(observed).rejects.toThrow(RecursiveLoadError);
    expect(await cache.getOrSet('l', () => 'again')).toBe('again');
    expect(await isPending(many)).toBe(true);
    many.catch(() => {});
  });

  it('ends the wait of a loader that loads its own key later at the hard timeout', async () => {
    const { cache, clock } = opened;
    const options = { loaderTimeout: { hard: '1s' } } as const;
    const begun = deferred<void>();
    const recursive = async () => {
      begun.resolve();
      await settled(1);
      return cache.getOrSet('k', () => 'inner', options);
    };
    const call = cache.getOrSet('k', recursive, options);
    const outcome = expect(call).rejects.toMatchObject({ code: 'LARDER_LOADER_TIMEOUT' });
    await begun.promise;
    await settled(5);
    clock.advance(1_000);
    await outcome;
    expect(await cache.getOrSet('k', () => 'again')).toBe('again');
  });

  it('joins nobody to a load from before a write', async () => {
    const { cache } = opened;
    const load = heldLoad();
    const first = cache.getOrSet('k', load.loader);
    await load.begun;
    await cache.delete('k');
    expect(await cache.getOrSet('k', () => 'second')).toBe('second');
    load.answer('first');
    expect(await first).toBe('first');
    await settled(10);
    expect(await cache.get('k')).toBe('second');
  });

  it('does not begin a load for each caller while a write of the key is under way', async () => {
    const { cache } = opened;
    const persisting = deferred<void>();
    const writing = cache.writeThrough('k', 'written', () => persisting.promise);
    const load = heldLoad();
    const calls = Array.from({ length: 10 }, () => cache.getOrSet('k', load.loader));
    await load.begun;
    await settled();
    expect(load.runs()).toBe(1);
    load.answer('read meanwhile');
    expect(new Set(await Promise.all(calls))).toEqual(new Set(['read meanwhile']));
    expect(await cache.get('k')).toBeUndefined();
    persisting.resolve();
    await writing;
    expect(await cache.get('k')).toBe('written');
  });
});

describe('one load a key over a network', () => {
  const openOn = (store: ReturnType<typeof heldStore>, memory?: false) =>
    createCache({ clock: fakeClock(), store, ...(memory === false ? { memory } : {}) });

  it.each([[undefined], [false]] as const)('is awaited until it is stored (memory: %s)', async (memory) => {
    const store = heldStore();
    const cache = openOn(store, memory);
    const release = store.hold('set');
    let loads = 0;
    const load = () => `load ${++loads}`;
    const first = cache.getOrSet('k', load);
    await settled();
    expect(store.calls).toContain('set');
    const second = cache.getOrSet('k', load);
    await settled();
    expect(loads).toBe(1);
    release();
    expect(await Promise.all([first, second])).toEqual(['load 1', 'load 1']);
    await cache.close();
  });

  it('is not joined while it is being stored, once the key was deleted', async () => {
    const store = heldStore();
    const cache = openOn(store, false);
    const release = store.hold('set');
    const first = cache.getOrSet('k', () => 'first');
    await settled();
    const deleting = cache.delete('k');
    const second = cache.getOrSet('k', () => 'second');
    await settled();
    release();
    await deleting;
    expect(await first).toBe('first');
    expect(await second).toBe('second');
    await cache.close();
  });

  it('takes one read of the store for all who miss together', async () => {
    const store = heldStore();
    const cache = openOn(store);
    await Promise.all(Array.from({ length: 50 }, () => cache.getOrSet('k', () => 'v')));
    expect(store.calls).toEqual(['get', 'set']);
    await cache.close();
  });

  it('looks again where a write came while the store was asked', async () => {
    const store = heldStore();
    const cache = openOn(store, false);
    const release = store.hold('get', 'answer');
    let loads = 0;
    const call = cache.getOrSet('k', () => `load ${++loads}`);
    await settled();
    await cache.set('k', 'written');
    release();
    expect(await call).toBe('written');
    expect(loads).toBe(0);
    await cache.close();
  });

  // Nothing orders two writes of a key at the store: one that was made first may take effect last.
  it('does not let its value reach the store after a later delete', async () => {
    const store = heldStore();
    const cache = openOn(store);
    const release = store.hold('set');
    const load = cache.getOrSet('k', () => 'loaded');
    await settled();
    const deleting = cache.delete('k');
    await settled();
    release();
    await Promise.all([load, deleting]);
    expect(await cache.get('k')).toBeUndefined();
  });

  // A loader that waits for its own load waits for ever: without a hard timeout nobody ends it but close().
  it('ends the wait of a loader for its own load when the cache closes', async () => {
    const cache = openOn(heldStore());
    const call = cache.getOrSet('k', () => cache.getOrSet('k', () => 'inner'));
    const outcome = expect(call).rejects.toMatchObject({ code: 'LARDER_CLOSED' });
    expect(await isPending(call)).toBe(true);
    await cache.close();
    await outcome;
  });
});
