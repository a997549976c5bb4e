import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCache } from '../../src/cache/create-cache.js';
import type { Cache } from '../../src/contracts/cache.js';
import { memoryMapStore } from '../../src/testing/memory-map-store.js';
import { deferred } from '../load/deferred.js';
import { settled } from '../load/held-load.js';
import { type OpenCache, settingsWithRedis } from './settings.js';

const alice = { indexes: { user: 'alice' } };

describe.each(settingsWithRedis)('indexes on $name', ({ name, open }) => {
  let opened: OpenCache;
  let cache: Cache;
  beforeEach(async () => {
    opened = await open({ ttl: '1m' });
    cache = opened.cache;
  });
  afterEach(() => opened.close());

  const keysOf = async (value = 'alice', index = 'user') => (await cache.getKeysByIndex(index, value)).sort();

  it('find values and keys by each of several terms', async () => {
    await cache.set('a', 1, { indexes: { user: 'alice', plan: 'pro' } });
    await cache.set('b', 2, alice);
    await cache.set('c', 3, { indexes: { plan: 'pro' } });
    await cache.set('d', 4);
    expect(await keysOf()).toEqual(['a', 'b']);
    expect(await keysOf('pro', 'plan')).toEqual(['a', 'c']);
    expect((await cache.getByIndex<number>('user', 'alice')).sort()).toEqual([1, 2]);
    expect(await cache.getByIndex('user', 'bob')).toEqual([]);
    expect(await cache.getByIndex('plan', 'alice')).toEqual([]);
    expect(await cache.deleteByIndex('user', 'alice')).toBe(2);
    expect(await keysOf('pro', 'plan')).toEqual(['c']);
    expect(await cache.deleteByIndex('user', 'alice')).toBe(0);
    expect((await cache.keysPage({})).keys.length).toBe(2);
  });

  it('are those of the last write', async () => {
    await cache.set('k', 1, alice);
    await cache.set('k', 2, { indexes: { user: 'bob' } });
    expect(await keysOf()).toEqual([]);
    expect(await cache.getByIndex('user', 'bob')).toEqual([2]);
    await cache.set('k', 3);
    expect(await keysOf('bob')).toEqual([]);
    expect(await cache.deleteByIndex('user', 'bob')).toBe(0);
    expect(await cache.get('k')).toBe(3);
  });

  it('come with every way of writing', async () => {
    await cache.setMany([['many', 1]], alice);
    await cache.add('add', 1, alice);
    await cache.setEntry('entry', 1, alice);
    await cache.getOrSet('load', () => 1, alice);
    await cache.getOrSetMany(['loadMany'], () => new Map([['loadMany', 1]]), alice);
    await cache.writeThrough('through', 1, () => {}, alice);
    expect(await keysOf()).toEqual(['add', 'entry', 'load', 'loadMany', 'many', 'through']);
  });

  it('stay with an update, an increment and a touch', async () => {
    await cache.set('k', 1, alice);
    await cache.update('k', () => 2);
    await cache.increment('k');
    await cache.touch('k', '1h');
    opened.clock.advance(120_000);
    expect(await cache.getByIndex('user', 'alice')).toEqual([3]);
    expect((await cache.getEntry('k'))?.indexes).toEqual({ user: 'alice' });
  });

  it('name nothing that has expired', async () => {
    await cache.set('k', 1, { ...alice, ttl: '1s' });
    await cache.set('l', 1, alice);
    opened.clock.advance(1_000);
    expect(await keysOf()).toEqual(['l']);
    expect(await cache.getByIndex('user', 'alice')).toEqual([1]);
    expect(await cache.deleteByIndex('user', 'alice')).toBe(1);
  });

  it('name nothing that is stale', async () => {
    const windowed = cache.namespace('w', { ttl: '1s', staleIfError: '1h' });
    await windowed.set('k', 1, alice);
    opened.clock.advance(1_000);
    expect(await windowed.getKeysByIndex('user', 'alice')).toEqual([]);
    expect(await windowed.getByIndex('user', 'alice')).toEqual([]);
    expect(await windowed.deleteByIndex('user', 'alice')).toBe(0);
    await windowed.getOrSet('k', () => 2, alice);
    expect(await windowed.getByIndex('user', 'alice')).toEqual([2]);
  });

  it('name nothing that was deleted, cleared or invalidated', async () => {
    const both = { ...alice, tags: ['t'] };
    await cache.set('k', 1, both);
    await cache.delete('k');
    expect(await keysOf()).toEqual([]);
    await cache.set('k', 1, both);
    await cache.clear();
    expect(await keysOf()).toEqual([]);
    await cache.set('k', 1, both);
    await cache.invalidateTags(['t']);
    expect(await keysOf()).toEqual([]);
    await cache.set('k', 1, both);
    expect(await keysOf()).toEqual(['k']);
    await cache.deleteMatching('*');
    expect(await keysOf()).toEqual([]);
  });

  it('belong to their namespace', async () => {
    const child = cache.namespace('child');
    await cache.set('k', 1, alice);
    await child.set('c', 2, alice);
    expect(await keysOf()).toEqual(['k']);
    expect(await child.deleteByIndex('user', 'alice')).toBe(1);
    expect(await keysOf()).toEqual(['k']);
  });

  it('take names and values of any form, each apart', async () => {
    const words = ['__proto__', 'constructor', 'toString', 'é', 'e\u0301', ' ', ':', '\u0000', '日本', 'x'.repeat(1_023), 'x'.repeat(1_024)]; // biome-ignore format: a list
    for (const index of words) {
      for (const value of words.slice(0, 4)) {
        const indexes = Object.fromEntries([[index, value]]);
        await cache.set(`${words.indexOf(index)}:${value}`, [index, value], { indexes });
      }
    }
    for (const index of words) {
      for (const value of words.slice(0, 4)) {
        expect(await cache.getByIndex(index, value)).toEqual([[index, value]]);
      }
      expect(await cache.getKeysByIndex(index, 'x')).toEqual([]);
    }
  });

  it('refuse names and values that are no text, empty, too long, or not well-formed', async () => {
    for (const bad of ['', 'x'.repeat(1_025), '\ud800', 1, null, undefined] as never[]) {
      await expect(cache.getKeysByIndex(bad, 'x')).rejects.toMatchObject({ code: 'LARDER_INVALID_KEY' });
      await expect(cache.getByIndex('x', bad)).rejects.toMatchObject({ code: 'LARDER_INVALID_KEY' });
      await expect(cache.deleteByIndex('x', bad)).rejects.toMatchObject({ code: 'LARDER_INVALID_KEY' });
      await expect(cache.set('k', 1, { indexes: { x: bad } })).rejects.toMatchObject({ code: 'LARDER_INVALID_KEY' });
    }
    expect(await cache.has('k')).toBe(false);
  });

  it('find more than fits into a page', async () => {
    await cache.setMany(Array.from({ length: 1_300 }, (_, at): [string, number] => [`k${at}`, at]), alice); // biome-ignore format: short
    expect((await keysOf()).length).toBe(1_300);
    expect((await cache.getByIndex('user', 'alice')).length).toBe(1_300);
    expect(await cache.deleteByIndex('user', 'alice')).toBe(1_300);
    expect(await keysOf()).toEqual([]);
  });

  it('keep what is loaded under the term during deleteByIndex from being stored', async () => {
    const gate = deferred<number>();
    const begun = deferred<void>();
    const loader = () => {
      begun.resolve();
      return gate.promise;
    };
    const loading = cache.getOrSet('k', loader, alice);
    await begun.promise;
    await cache.deleteByIndex('user', 'alice');
    gate.resolve(1);
    await loading;
    expect(await keysOf()).toEqual([]);
  });

  it.runIf(name === 'memory alone')('name nothing that was evicted', async () => {
    cache.memory?.resize({ maxEntries: 10 });
    for (let at = 0; at < 100; at++) await cache.set(`k${at}`, at, alice);
    const keys = await keysOf();
    expect(keys.length).toBe(10);
    expect((await cache.getMany(keys)).size).toBe(10);
    await cache.set('large', 'x'.repeat(1_000), alice);
    cache.memory?.resize({ maxBytes: '1kb' });
    expect((await cache.getMany(await keysOf())).size).toBe((await keysOf()).length);
  });

  it('cannot be told apart from a plain list, by any sequence of calls', async () => {
    const key = fc.constantFrom('a', 'b', 'c', 'd');
    const word = fc.constantFrom('x', 'y', '__proto__');
    const terms = fc.array(fc.tuple(word, word), { maxLength: 3 }).map((pairs) => Object.fromEntries(pairs));
    const seconds = fc.integer({ min: 1, max: 4 });
    const step = fc.oneof(
      fc.record({ kind: fc.constant('set' as const), key, terms, seconds, tags: fc.subarray(['t', 'u']) }),
      fc.record({ kind: fc.constantFrom('delete' as const, 'update' as const), key }),
      fc.record({ kind: fc.constant('touch' as const), key, seconds }),
      fc.record({ kind: fc.constant('wait' as const), millis: fc.integer({ min: 1, max: 2_000 }) }),
      fc.record({ kind: fc.constant('clear' as const) }),
      fc.record({ kind: fc.constant('invalidate' as const), tag: fc.constantFrom('t', 'u'), remove: fc.boolean() }),
      fc.record({ kind: fc.constant('deleteByIndex' as const), index: word, value: word }),
    );
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const at = cache.namespace(`run-${run++}`, { staleIfError: '1s' });
        const model = new Map<string, { terms: object; value: unknown; until: number; tags: string[] }>();
        const live = () => [...model].filter(([, { until }]) => opened.clock.now() < until);
        const under = (index: string, value: string) =>
          live().filter(([, entry]) => Object.entries(entry.terms).some(([n, v]) => n === index && v === value));
        let next = 0;
        for (const each of steps) {
          const now = opened.clock.now();
          if (each.kind === 'set') {
            const { terms, tags, seconds } = each;
            await at.set(each.key, next, { indexes: terms, tags, ttl: `${seconds}s` });
            model.set(each.key, { terms, tags, value: next++, until: now + seconds * 1_000 });
          } else if (each.kind === 'delete') {
            await at.delete(each.key);
            model.delete(each.key);
          } else if (each.kind === 'update') {
            await at.update(each.key, () => next);
            const entry = live().find(([key]) => key === each.key)?.[1];
            if (entry !== undefined) entry.value = next++;
          } else if (each.kind === 'touch') {
            await at.touch(each.key, `${each.seconds}s`);
            const entry = live().find(([key]) => key === each.key)?.[1];
            if (entry !== undefined) entry.until = now + each.seconds * 1_000;
          } else if (each.kind === 'wait') {
            opened.clock.advance(each.millis);
          } else if (each.kind === 'clear') {
            await at.clear();
            model.clear();
          } else if (each.kind === 'invalidate') {
            await at.invalidateTags([each.tag], { remove: each.remove });
            for (const [key, entry] of model) if (entry.tags.includes(each.tag)) model.delete(key);
          } else if (each.kind === 'deleteByIndex') {
            const gone = under(each.index, each.value);
            expect(await at.deleteByIndex(each.index, each.value)).toBe(gone.length);
            for (const [key] of gone) model.delete(key);
          }
          for (const index of ['x', 'y', '__proto__']) {
            for (const value of ['x', '__proto__']) {
              const expected = under(index, value);
              expect((await at.getKeysByIndex(index, value)).sort()).toEqual(expected.map(([key]) => key).sort());
              const values = expected.map(([, entry]) => entry.value as number);
              expect((await at.getByIndex<number>(index, value)).sort()).toEqual(values.sort());
            }
          }
        }
      }),
      { numRuns: 60 },
    );
  }, 60_000);
});

describe('indexes between the steps of other calls', () => {
  it('name no key whose value is of another term by the time it is read', async () => {
    const map = memoryMapStore();
    const gate = deferred<void>();
    let isHeld = true;
    const store = {
      ...map,
      async byIndex(...call: Parameters<typeof map.byIndex>) {
        const page = await map.byIndex(...call);
        if (isHeld) await gate.promise;
        return page;
      },
    };
    const cache = createCache({ store, memory: false });
    await cache.set('k', 'of alice', alice);
    const reading = cache.getByIndex('user', 'alice');
    await settled();
    await cache.set('k', 'of bob', { indexes: { user: 'bob' } });
    isHeld = false;
    gate.resolve();
    expect(await reading).toEqual([]);
    await cache.close();
  });

  it('leave what was written under another term while deleteByIndex ran', async () => {
    const map = memoryMapStore();
    const gate = deferred<void>();
    const store = {
      ...map,
      async byIndex(...call: Parameters<typeof map.byIndex>) {
        const page = await map.byIndex(...call);
        await gate.promise;
        return page;
      },
    };
    const cache = createCache({ store, memory: false });
    await cache.set('k', 'of alice', alice);
    const deleting = cache.deleteByIndex('user', 'alice');
    await settled();
    await cache.set('k', 'of bob', { indexes: { user: 'bob' } });
    gate.resolve();
    await deleting;
    expect(await cache.get('k')).toBe('of bob');
  });
});
