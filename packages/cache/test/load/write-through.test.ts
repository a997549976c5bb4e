import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCache } from '../../src/cache/create-cache.js';
import { InvalidKeyError, InvalidOptionError, StoreError, UnsupportedValueError } from '../../src/errors.js';
import { fakeClock } from '../../src/testing/fake-clock.js';
import { memoryMapStore } from '../../src/testing/memory-map-store.js';
import { type OpenCache, settings } from '../cache/settings.js';
import { deferred } from './deferred.js';
import { heldLoad, settled } from './held-load.js';

describe.each(settings)('writeThrough on $name', ({ open }) => {
  let opened: OpenCache;
  beforeEach(async () => {
    opened = await open({ ttl: '1m' });
  });
  afterEach(() => opened.close());

  it('persists first, then caches, with the options of the write', async () => {
    const { cache } = opened;
    const order: unknown[] = [];
    await cache.writeThrough(
      'k',
      'v',
      async (value) => {
        order.push(value, await cache.get('k'));
      },
      { ttl: '5s', tags: ['t'], indexes: { user: 'alice' } },
    );
    expect(order).toEqual(['v', undefined]);
    expect(await cache.getEntry('k')).toMatchObject({ value: 'v', tags: ['t'], indexes: { user: 'alice' } });
    expect(await cache.ttlSeconds('k')).toBe(5);
  });

  it('gives the entry its whole life from the end of persisting', async () => {
    const { cache, clock } = opened;
    await cache.writeThrough('k', 'v', () => clock.advance(50_000));
    expect(await cache.ttlSeconds('k')).toBe(60);
  });

  it.each([
    ['rejects', () => Promise.reject(new Error('not persisted'))],
    [
      'throws at once',
      () => {
        throw new Error('not persisted');
      },
    ],
  ])('deletes the key and passes the error on where persist %s', async (_, persist) => {
    const { cache } = opened;
    await cache.set('k', 'old');
    await expect(cache.writeThrough('k', 'v', persist)).rejects.toThrow('not persisted');
    expect(await cache.get('k')).toBeUndefined();
  });

  it('refuses what cannot be cached before it is persisted', async () => {
    const { cache } = opened;
    let persisted = 0;
    const persist = () => ++persisted;
    await expect(cache.writeThrough('k', () => {}, persist)).rejects.toThrow(UnsupportedValueError);
    await expect(cache.writeThrough('', 'v', persist)).rejects.toThrow(InvalidKeyError);
    await expect(cache.writeThrough('k', 'v', persist, { ttl: 5 as never })).rejects.toThrow(InvalidOptionError);
    await expect(cache.writeThrough('k', 'v', undefined as never)).rejects.toThrow(InvalidOptionError);
    expect(persisted).toBe(0);
  });

  it('caches the value as it was given, whatever persist does to it', async () => {
    const { cache } = opened;
    await cache.set('k', 'old');
    const value: { a: number; save?: () => void } = { a: 1 };
    await cache.writeThrough('k', value, (given) => {
      given.save = () => {};
    });
    expect(await cache.get('k')).toEqual({ a: 1 });
  });

  it('leaves the old value to readers while it persists', async () => {
    const { cache } = opened;
    await cache.set('k', 'old');
    const gate = deferred<void>();
    const writing = cache.writeThrough('k', 'new', () => gate.promise);
    await settled();
    expect(await cache.get('k')).toBe('old');
    expect(await cache.getOrSet('k', () => 'loaded')).toBe('old');
    gate.resolve();
    await writing;
    expect(await cache.get('k')).toBe('new');
  });

  it.each([['before it began'], ['while it persists']] as const)('beats a load that began %s', async (when) => {
    const { cache } = opened;
    const load = heldLoad();
    const gate = deferred<void>();
    const persisting = deferred<void>();
    const persist = () => {
      persisting.resolve();
      return gate.promise;
    };
    const begin = () => cache.getOrSet('k', load.loader);
    const early = when === 'before it began' ? begin() : undefined;
    if (early !== undefined) await load.begun;
    const writing = cache.writeThrough('k', 'written', persist);
    await persisting.promise;
    const loading = early ?? begin();
    await load.begun;
    gate.resolve();
    await writing;
    load.answer('read before');
    expect(await loading).toBe('read before');
    await settled(10);
    expect(await cache.get('k')).toBe('written');
  });

  it.each([
    ['set', () => opened.cache.set('k', 'other')],
    ['delete', () => opened.cache.delete('k')],
    ['clear', () => opened.cache.clear()],
    ['increment', () => opened.cache.increment('k')],
    ['writeThrough', () => opened.cache.writeThrough('k', 'other', () => {})],
  ] as const)('leaves nothing where a %s came while it persisted: nobody knows who was last', async (_, write) => {
    const { cache } = opened;
    const gate = deferred<void>();
    const writing = cache.writeThrough('k', 'written', () => gate.promise);
    await settled();
    await write();
    gate.resolve();
    await writing;
    expect(await cache.get('k')).toBeUndefined();
  });

  it('leaves nothing of two that overlap, whichever ends first', async () => {
    const { cache } = opened;
    for (const order of [
      [0, 1],
      [1, 0],
    ] as const) {
      const gates = [deferred<void>(), deferred<void>()];
      const writings = gates.map((gate, at) => cache.writeThrough('k', at, () => gate.promise));
      for (const at of order) {
        gates[at]?.resolve();
        await writings[at];
      }
      expect(await cache.get('k')).toBeUndefined();
    }
  });

  it('does not disturb other keys', async () => {
    const { cache } = opened;
    const gate = deferred<void>();
    const writing = cache.writeThrough('k', 'v', () => gate.promise);
    expect(await cache.getOrSet('other', () => 'loaded')).toBe('loaded');
    expect(await cache.get('other')).toBe('loaded');
    gate.resolve();
    await writing;
  });

  it('lets persist use the cache, for the same key too', async () => {
    const { cache } = opened;
    await cache.writeThrough('k', 'v', async () => {
      await cache.set('side', 1);
      await cache.get('k');
    });
    expect(await cache.getMany(['k', 'side'])).toEqual(
      new Map<string, unknown>([
        ['k', 'v'],
        ['side', 1],
      ]),
    );
  });
});

describe('writeThrough before a store that fails', () => {
  const failing = () => {
    const store = memoryMapStore();
    const down = () => Promise.reject(new StoreError('test', 'down'));
    return { ...store, set: down, delete: down, modify: down };
  };

  it("passes persist's own error on, even where the key cannot be deleted either", async () => {
    const cache = createCache({ clock: fakeClock(), store: failing(), onStoreError: 'throw' });
    const persist = () => Promise.reject(new Error('not persisted'));
    await expect(cache.writeThrough('k', 'v', persist)).rejects.toThrow('not persisted');
    await cache.close();
  });

  it("rejects with 'throw' where the store does not take it, and answers from memory with 'degrade'", async () => {
    const strict = createCache({ clock: fakeClock(), store: failing(), onStoreError: 'throw' });
    await expect(strict.writeThrough('k', 'v', () => {})).rejects.toThrow(StoreError);
    expect(await strict.get('k')).toBeUndefined();
    const lenient = createCache({ clock: fakeClock(), store: failing() });
    await lenient.writeThrough('k', 'v', () => {});
    expect(await lenient.get('k')).toBe('v');
    expect(lenient.stats().droppedWrites).toBe(1);
    await Promise.all([strict.close(), lenient.close()]);
  });
});
