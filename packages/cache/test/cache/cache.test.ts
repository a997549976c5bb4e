import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  ClosedError,
  InvalidKeyError,
  InvalidOptionError,
  NotAnIntegerError,
  NotAnObjectError,
  UnsupportedValueError,
} from '../../src/errors.js';
import { type OpenCache, settingsWithRedis } from './settings.js';

describe.each(settingsWithRedis)('a cache on $name', ({ name, open }) => {
  let opened: OpenCache;
  beforeEach(async () => {
    opened = await open({ ttl: '1m' });
  });
  afterEach(() => opened.close());

  describe('set and get', () => {
    it('answers undefined on a miss and the value on a hit', async () => {
      const { cache } = opened;
      expect(await cache.get('k')).toBeUndefined();
      expect(await cache.set('k', { a: 1 })).toBe(true);
      expect(await cache.get('k')).toEqual({ a: 1 });
      expect(await cache.has('k')).toBe(true);
    });

    it.each([[0], [''], [false], [null]])('keeps %j, which is a value like any other', async (value) => {
      const { cache } = opened;
      await cache.set('k', value);
      expect(await cache.get('k')).toBe(value);
      expect(await cache.getOrSet('k', () => 'loaded')).toBe(value);
    });

    it('tells everything about an entry', async () => {
      const { cache, clock } = opened;
      await cache.set('k', 'v', {
        ttl: '10s',
        tags: ['t', 't'],
        indexes: { user: 'alice' },
        contentType: 'text/plain',
      });
      const entry = await cache.getEntry('k');
      expect(entry).toMatchObject({
        value: 'v',
        freshUntil: clock.now() + 10_000,
        staleUntil: clock.now() + 10_000,
        tags: ['t'],
        indexes: { user: 'alice' },
        contentType: 'text/plain',
      });
      expect(entry?.createdAt).toBeCloseTo(clock.now(), 1);
      expect(Object.isFrozen(entry)).toBe(true);
    });

    it('tells at once of what memory has fresh, and of nothing else', async () => {
      const { cache, clock } = opened;
      const { hits, misses } = cache.stats();
      await cache.set('k', 'v', { ttl: '10s', tags: ['t'], contentType: 'text/plain' });
      const now = cache.getEntryNow('k');
      expect(now).toEqual(cache.memory === undefined ? undefined : await cache.getEntry('k'));
      expect(cache.getEntryNow('absent')).toBeUndefined();
      expect(cache.stats()).toMatchObject({ hits: hits + (cache.memory === undefined ? 0 : 2), misses });
      clock.advance(9_999);
      expect(cache.getEntryNow('k') === undefined).toBe(cache.memory === undefined);
      clock.advance(1);
      expect(cache.getEntryNow('k')).toBeUndefined();
      await cache.set('k', 'v', { tags: ['t'] });
      await cache.invalidateTags(['t']);
      expect(cache.getEntryNow('k')).toBeUndefined();
      expect(() => cache.getEntryNow('')).toThrow(InvalidKeyError);
      await cache.close();
      expect(() => cache.getEntryNow('k')).toThrow(ClosedError);
    });

    it('forgets at the deadline, not a millisecond later', async () => {
      const { cache, clock } = opened;
      await cache.set('k', 'v', { ttl: '10s' });
      clock.advance(9_999);
      expect(await cache.get('k')).toBe('v');
      clock.advance(1);
      expect(await cache.get('k')).toBeUndefined();
      expect(await cache.has('k')).toBe(false);
    });

    it('gives every write a version of its own', async () => {
      const { cache } = opened;
      const first = await cache.setEntry('k', 1);
      const second = await cache.setEntry('k', 2);
      expect([first.created, second.created]).toEqual([true, false]);
      expect((await cache.getEntry('k'))?.version).toBe(second.version);
      expect(first.version).not.toBe(second.version);
    });

    it('gives a version with every read of a write, and not to the next write of the key', async () => {
      const { cache } = opened;
      const versions: (string | undefined)[] = [];
      const read = async () => void versions.push((await cache.getEntry('k'))?.version);
      for (const value of [1, 2]) {
        versions.push((await cache.setEntry('k', value)).version);
        await read();
        await cache.touch('k', '1h');
        await read();
      }
      await cache.delete('k');
      await cache.set('other', 1);
      await cache.set('k', 3);
      await read();
      expect(versions.slice(0, 3)).toEqual(Array(3).fill(versions[0]));
      expect(versions.slice(3, 6)).toEqual(Array(3).fill(versions[3]));
      expect(new Set(versions).size).toBe(3);
    });

    it('writes and deletes only the version that was asked for', async () => {
      const { cache } = opened;
      const { version } = await cache.setEntry('k', 1);
      expect(await cache.set('k', 2, { ifVersion: 'another' })).toBe(false);
      expect(await cache.delete('k', { ifVersion: 'another' })).toBe(false);
      expect(await cache.get('k')).toBe(1);
      expect(await cache.set('k', 2, { ifVersion: version })).toBe(true);
      expect(await cache.delete('k', { ifVersion: version })).toBe(false);
      expect(await cache.get('k')).toBe(2);
    });

    it('adds only what is absent or expired', async () => {
      const { cache, clock } = opened;
      expect(await cache.add('k', 1, { ttl: '1s' })).toBe(true);
      expect(await cache.add('k', 2)).toBe(false);
      expect(await cache.get('k')).toBe(1);
      clock.advance(1_000);
      expect(await cache.add('k', 3)).toBe(true);
      expect(await cache.get('k')).toBe(3);
    });

    it('lets exactly one of many concurrent adds win', async () => {
      const won = await Promise.all(Array.from({ length: 50 }, (_, at) => opened.cache.add('k', at)));
      expect(won.filter(Boolean)).toHaveLength(1);
    });
  });

  describe('many at a time', () => {
    it('answers the hits and leaves out the misses', async () => {
      const { cache } = opened;
      await cache.setMany([
        ['a', 1],
        ['b', null],
      ]);
      expect(await cache.getMany(['a', 'x', 'b', 'a'])).toEqual(
        new Map<string, unknown>([
          ['a', 1],
          ['b', null],
        ]),
      );
      expect(await cache.deleteMany(['a', 'a', 'x'])).toBe(1);
      expect(await cache.getMany([])).toEqual(new Map());
    });

    it('lets the later of two writes of one key win', async () => {
      await opened.cache.setMany([
        ['a', 1],
        ['a', 2],
      ]);
      expect(await opened.cache.get('a')).toBe(2);
    });
  });

  describe('changes', () => {
    it('merges a patch and keeps times, tags and terms', async () => {
      const { cache, clock } = opened;
      await cache.set('k', { a: 1, b: 1 }, { ttl: '10s', tags: ['t'], indexes: { user: 'alice' } });
      const before = await cache.getEntry('k');
      clock.advance(4_000);
      expect(await cache.update('k', { b: 2, c: 3 })).toEqual({ a: 1, b: 2, c: 3 });
      const after = await cache.getEntry('k');
      expect(after).toMatchObject({ freshUntil: before?.freshUntil, tags: ['t'], indexes: { user: 'alice' } });
      expect(after?.version).not.toBe(before?.version);
    });

    it('tells the version of an update to whoever asks for the entry', async () => {
      const { cache } = opened;
      await cache.set('k', { a: 1 }, { tags: ['t'] });
      const before = await cache.getEntry('k');
      const after = await cache.updateEntry('k', { b: 2 }, { ifVersion: before?.version });
      expect(after).toMatchObject({ value: { a: 1, b: 2 }, tags: ['t'] });
      expect(after?.version).toBe((await cache.getEntry('k'))?.version);
      expect(await cache.updateEntry('k', { b: 3 }, { ifVersion: before?.version })).toBeUndefined();
      expect(await cache.updateEntry('absent', { b: 3 })).toBeUndefined();
    });

    it('updates by a function and misses what is not there', async () => {
      const { cache } = opened;
      await cache.set('k', 1);
      expect(await cache.update<number>('k', (value) => value + 1)).toBe(2);
      expect(await cache.update<number>('absent', (value) => value + 1)).toBeUndefined();
      await expect(cache.update('k', { a: 1 })).rejects.toThrow(NotAnObjectError);
      await expect(
        cache.update('k', () => {
          throw new RangeError('mine');
        }),
      ).rejects.toThrow(RangeError);
      expect(await cache.get('k')).toBe(2);
    });

    it('never sets a prototype by a patch', async () => {
      const { cache } = opened;
      await cache.set('k', {});
      await cache.update('k', JSON.parse('{"__proto__": {"admin": true}}'));
      const value = await cache.get<object>('k');
      expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
      expect(Object.keys(value as object)).toEqual(['__proto__']);
    });

    it('counts without losing an increment', async () => {
      const { cache } = opened;
      await Promise.all(Array.from({ length: 200 }, () => cache.increment('hits')));
      expect(await cache.get('hits')).toBe(200);
      expect(await cache.increment('hits', -50)).toBe(150);
      expect(await cache.increment('other', 5, { initial: 10 })).toBe(15);
    });

    it('gives a life only to a counter that it creates', async () => {
      const { cache, clock } = opened;
      await cache.increment('hits', 1, { ttl: '10s' });
      clock.advance(6_000);
      await cache.increment('hits', 1, { ttl: '10s' });
      expect(await cache.ttlSeconds('hits')).toBe(4);
      clock.advance(4_000);
      expect(await cache.increment('hits')).toBe(1);
    });

    it('refuses to count what is no whole number, and changes nothing', async () => {
      const { cache } = opened;
      await cache.set('text', '1');
      await expect(cache.increment('text')).rejects.toThrow(NotAnIntegerError);
      await cache.set('large', Number.MAX_SAFE_INTEGER);
      await expect(cache.increment('large')).rejects.toThrow(NotAnIntegerError);
      expect(await cache.get('large')).toBe(Number.MAX_SAFE_INTEGER);
      await expect(cache.increment('new', 0.5)).rejects.toThrow(InvalidOptionError);
    });

    it('touches only the version that is meant', async () => {
      const { cache, clock } = opened;
      const { version } = await cache.setEntry('k', 1, { ttl: '10s' });
      expect(await cache.touch('k', '20s', { ifVersion: 'another' })).toBe(false);
      clock.advance(9_000);
      expect(await cache.touch('k', '20s', { ifVersion: version })).toBe(true);
      clock.advance(19_000);
      expect(await cache.get('k')).toBe(1);
    });

    it('touches a live entry, which keeps its version', async () => {
      const { cache, clock } = opened;
      const { version } = await cache.setEntry('k', { a: new Date(5) }, { ttl: '10s' });
      clock.advance(9_000);
      expect(await cache.touch('k', '20s')).toBe(true);
      expect(await cache.ttlSeconds('k')).toBe(20);
      clock.advance(19_000);
      expect(await cache.getEntry('k')).toMatchObject({ version, value: { a: new Date(5) } });
      expect(await cache.touch('k')).toBe(true);
      expect(await cache.ttlSeconds('k')).toBe(60);
      expect(await cache.touch('absent')).toBe(false);
      expect(await cache.touch('k', 'never')).toBe(true);
      expect(await cache.ttlSeconds('k')).toBe(Number.POSITIVE_INFINITY);
    });
  });

  describe('listing and emptying', () => {
    const listed = async (keys: AsyncIterable<string>) => {
      const all: string[] = [];
      for await (const key of keys) all.push(key);
      return all.sort();
    };

    it('lists them in pages, none of which is longer than asked', async () => {
      const { cache } = opened;
      const keys = Array.from({ length: 25 }, (_, at) => `n:${at}`);
      await cache.setMany(keys.map((key) => [key, 1] as const));
      for (const limit of [1, 10, 25, 1000]) {
        const found: string[] = [];
        let cursor: string | undefined;
        do {
          const page = await cache.keysPage({ limit, cursor });
          expect(page.keys.length).toBeLessThanOrEqual(limit);
          found.push(...page.keys);
          cursor = page.cursor;
        } while (cursor !== undefined);
        expect([...new Set(found)].sort()).toEqual([...keys].sort());
      }
    });

    it('lists live keys, all of them, by prefix or pattern', async () => {
      const { cache, clock } = opened;
      await cache.setMany(Array.from({ length: 1_500 }, (_, at): [string, number] => [`n:${at}`, at]));
      await cache.set('short', 1, { ttl: '1s' });
      await cache.set('user:1', 1);
      clock.advance(1_000);
      expect(await listed(cache.keys())).toHaveLength(1_501);
      expect(await listed(cache.keys({ prefix: 'user:' }))).toEqual(['user:1']);
      expect(await listed(cache.keys({ match: 'n:149?' }))).toHaveLength(10);
      expect(await listed(cache.keys({ prefix: 'n:1', match: 'n:?' }))).toEqual(['n:1']);
      expect(await listed(cache.keys({ prefix: 'n:', match: 'user:*' }))).toEqual([]);
    });

    it('deletes what matches, and only that', async () => {
      const { cache } = opened;
      await cache.setMany([
        ['user:1', 1],
        ['user:2', 1],
        ['user*', 1],
        ['other', 1],
      ]);
      expect(await cache.deleteMatching('user:*')).toBe(2);
      expect(await cache.deleteMatching('user\\*')).toBe(1);
      expect(await listed(cache.keys())).toEqual(['other']);
    });

    it('clears its namespace and no other', async () => {
      const { cache } = opened;
      const users = cache.namespace('user');
      const others = cache.namespace('user:');
      await cache.set('k', 'root');
      await users.set('k', 'users');
      await others.set('k', 'others');
      await users.clear();
      expect(await users.get('k')).toBeUndefined();
      expect(await cache.get('k')).toBe('root');
      expect(await others.get('k')).toBe('others');
      await cache.clear();
      expect(await cache.get('k')).toBeUndefined();
      expect(await others.get('k')).toBe('others');
    });

    it('lists and deletes within its namespace', async () => {
      const { cache } = opened;
      const users = cache.namespace('user');
      await cache.set('k', 1);
      await users.set('k', 2);
      await users.namespace('k').set('deep', 3);
      expect(await listed(users.keys())).toEqual(['k']);
      expect(await users.deleteMatching('*')).toBe(1);
      expect(await cache.get('k')).toBe(1);
      expect(await users.namespace('k').get('deep')).toBe(3);
    });

    it('keeps what is written right after a clear, within the same millisecond', async () => {
      const { cache } = opened;
      await cache.set('old', 1);
      const clearing = cache.clear();
      await cache.set('new', 1);
      await clearing;
      expect(await listed(cache.keys())).toEqual(['new']);
    });

    it('sweeps what expired', async () => {
      const { cache, clock } = opened;
      await cache.setMany(
        Array.from({ length: 2_500 }, (_, at): [string, number] => [`n:${at}`, at]),
        { ttl: '1s' },
      );
      await cache.set('kept', 1);
      clock.advance(1_000);
      const removed = await cache.prune();
      // Memory sweeps by itself, and so does Redis; a file waits to be told.
      if (name.includes('Redis')) expect(removed).toBe(0);
      else expect(name === 'memory alone' ? cache.stats().memory.expirations : removed).toBe(2_500);
      expect(await cache.prune()).toBe(0);
      expect(await cache.get('kept')).toBe(1);
    });

    it('shares a namespace that is opened twice, with a life of its own', async () => {
      const { cache } = opened;
      await cache.namespace('user', { ttl: '5s' }).set('k', 1);
      expect(await cache.namespace('user').get('k')).toBe(1);
      expect(await cache.namespace('user').ttlSeconds('k')).toBe(5);
    });
  });

  describe('bad input', () => {
    const key = (value: unknown) => value as string;

    it.each([[''], ['\ud800'], ['x'.repeat(8_193)], [7], [null], [undefined], [{}]])(
      'refuses %j as a key',
      async (bad) => {
        const { cache } = opened;
        const calls = [
          cache.get(key(bad)),
          cache.getEntry(key(bad)),
          cache.set(key(bad), 1),
          cache.delete(key(bad)),
          cache.getOrSet(key(bad), () => 1),
          cache.increment(key(bad)),
          cache.touch(key(bad)),
          cache.update(key(bad), {}),
          cache.getMany([key(bad)]),
          cache.setMany([[key(bad), 1]]),
        ];
        const outcomes = await Promise.allSettled(calls);
        for (const outcome of outcomes)
          expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'LARDER_INVALID_KEY' } });
      },
    );

    it('refuses values that would not come back, at set', async () => {
      const { cache } = opened;
      await expect(cache.set('k', undefined)).rejects.toThrow(UnsupportedValueError);
      await expect(cache.set('k', { save() {} })).rejects.toThrow(/value\.save/);
      await expect(cache.getOrSet('k', () => ({ at: Symbol('s') }))).rejects.toThrow(UnsupportedValueError);
      expect(await cache.get('k')).toBeUndefined();
    });

    it('refuses options that mean nothing', async () => {
      const { cache } = opened;
      await expect(cache.set('k', 1, { ttl: 30 as never })).rejects.toThrow("'30s'");
      await expect(cache.set('k', 1, { tags: 'a' as never })).rejects.toThrow(InvalidOptionError);
      await expect(cache.set('k', 1, { tags: [''] })).rejects.toThrow(InvalidKeyError);
      await expect(cache.set('k', 1, { indexes: { user: 7 as never } })).rejects.toThrow(InvalidKeyError);
      await expect(cache.getOrSet('k', 'no loader' as never)).rejects.toThrow(InvalidOptionError);
      expect(() => cache.namespace('')).toThrow(InvalidKeyError);
      expect(() => cache.on('hit', 'no listener' as never)).toThrow(InvalidOptionError);
    });
  });

  it('counts hits and misses', async () => {
    const { cache } = opened;
    await cache.set('k', 1);
    await cache.get('k');
    await cache.get('absent');
    await cache.getMany(['k', 'absent']);
    await cache.namespace('other').get('absent');
    await cache.delete('k');
    expect(cache.stats()).toMatchObject({ hits: 2, misses: 3, sets: 1, deletes: 1, storeErrors: 0 });
  });

  it('tells listeners, and survives one that throws', async () => {
    const { cache } = opened;
    const seen: string[] = [];
    cache.on('hit', () => {
      throw new Error('a bad listener');
    });
    const off = cache.on('hit', (event) => seen.push(`hit ${event.key}`));
    cache.on('miss', (event) => seen.push(`miss ${event.namespace} ${event.key}`));
    await cache.set('k', 1);
    await cache.get('k');
    await cache.namespace('user').get('k');
    off();
    await cache.get('k');
    expect(seen).toEqual(['hit k', 'miss user k']);
  });

  it('refuses calls after close, twice closed or not', async () => {
    const { cache } = opened;
    await cache.set('k', 1);
    await cache.close();
    await cache.close();
    await expect(cache.get('k')).rejects.toThrow(ClosedError);
    await expect(cache.set('k', 1)).rejects.toThrow(ClosedError);
    await expect(cache.getOrSet('k', () => 1)).rejects.toThrow(ClosedError);
  });
});
