import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createCache } from '../../../src/cache/create-cache.js';
import type { Cache } from '../../../src/contracts/cache.js';
import type { CreateCacheOptions } from '../../../src/options/cache-options.js';
import { memcachedStore } from '../../../src/stores/memcached/index.js';
import { isMemcachedMissing, type MemcachedServer, skipReason, startMemcached } from '../../servers/memcached.js';
import { expectOneHolder } from '../expect-one-holder.js';
import { expectOneLoad } from '../expect-one-load.js';

describe.skipIf(isMemcachedMissing)(`a cache on memcached${skipReason}`, () => {
  let servers: MemcachedServer[];
  let opened: Cache[] = [];
  let test = 0;
  beforeAll(async () => {
    servers = await Promise.all([startMemcached(), startMemcached(), startMemcached()]);
  });
  afterAll(() => Promise.all(servers.map((server) => server.stop())));
  beforeEach(() => {
    test += 1;
  });
  afterEach(async () => {
    await Promise.all(opened.map((cache) => cache.close()));
    opened = [];
  });

  const open = (options: CreateCacheOptions = {}): Cache => {
    const store = memcachedStore({ servers: servers.map(({ address }) => address), prefix: `${test}:` });
    const cache = createCache({ store, onStoreError: 'throw', storeTimeout: '10s', ...options });
    opened.push(cache);
    return cache;
  };
  const bothWays = () => [open({ memory: false }), open({ memory: false })] as const;

  it('loads once, and every cache on the servers has it', async () => {
    const [one, other] = bothWays();
    expect(await one.getOrSet('k', () => 'loaded', { ttl: '1m' })).toBe('loaded');
    expect(await other.getOrSet('k', () => 'again')).toBe('loaded');
  });

  it('loads a cold key once for two, and stores nothing that was deleted meanwhile', () =>
    expectOneLoad(...bothWays()));

  it('gives values of every kind back as they were', async () => {
    const [one, other] = bothWays();
    const values = [0, '', false, null, -0, 5n, new Date(3), new Map([[1, new Set([2n])]]), new Uint8Array([1, 2])];
    for (const [at, value] of values.entries()) await one.set(`k${at}`, value);
    for (const [at, value] of values.entries()) expect(await other.get(`k${at}`)).toStrictEqual(value);
  });

  it('keeps namespaces apart, and keys that the protocol could not carry', async () => {
    const [one, other] = bothWays();
    const keys = ['a b', 'a\r\nmd x', 'é', '', '1:a', 'x'.repeat(300), '\u0000'].filter((key) => key !== '');
    for (const key of keys) {
      await one.namespace('n').set(key, `n ${key}`);
      await one.set(key, key);
    }
    for (const key of keys) {
      expect(await other.namespace('n').get(key)).toBe(`n ${key}`);
      expect(await other.get(key)).toBe(key);
    }
  });

  it('says exactly whether a write created, and a delete deleted', async () => {
    const [one, other] = bothWays();
    expect((await one.setEntry('k', 1)).created).toBe(true);
    expect((await other.setEntry('k', 2)).created).toBe(false);
    expect([await one.delete('k'), await other.delete('k')]).toEqual([true, false]);
  });

  it('adds once, updates and compares', async () => {
    const [one, other] = bothWays();
    const added = await Promise.all([one.add('k', 'one'), other.add('k', 'other')]);
    expect(added.filter(Boolean)).toHaveLength(1);
    await one.set('user', { name: 'Ada', visits: 1 });
    await other.update('user', { visits: 2 });
    expect(await one.get('user')).toEqual({ name: 'Ada', visits: 2 });
  });

  it('counts every step of two caches', async () => {
    const [one, other] = bothWays();
    await Promise.all(Array.from({ length: 200 }, (_, at) => (at % 2 ? one : other).increment('n', 1)));
    expect(await one.get('n')).toBe(200);
  });

  it('has a lock one at a time, with rising tokens', () => expectOneHolder(...bothWays()));

  it('invalidates tags in both, and only what carries them', async () => {
    const [one, other] = bothWays();
    await one.set('a', 1, { tags: ['x'] });
    await one.set('b', 2, { tags: ['y'] });
    expect([await other.get('a'), await other.get('b')]).toEqual([1, 2]);
    await one.invalidateTags(['x'], { remove: true });
    expect([await other.get('a'), await other.get('b')]).toEqual([undefined, 2]);
    await other.set('a', 3, { tags: ['x'] });
    expect(await one.get('a')).toBe(3);
  });

  it('clears one namespace and no other', async () => {
    const [one, other] = bothWays();
    await one.namespace('n').set('k', 1);
    await one.set('k', 2);
    await one.namespace('n').clear();
    expect([await other.namespace('n').get('k'), await other.get('k')]).toEqual([undefined, 2]);
  });

  it('ends entries on time, and touches them', async () => {
    const [one, other] = bothWays();
    await one.set('k', 1, { ttl: '1h' });
    expect(await other.touch('k', '2h')).toBe(true);
    expect(await one.ttlSeconds('k')).toBeGreaterThan(3_600);
    await one.set('long', 1, { ttl: '90d' });
    expect(await other.get('long')).toBe(1);
    await one.set('never', 1, { ttl: 'never' });
    expect(await other.get('never')).toBe(1);
  });

  it('refuses what memcached cannot do, by a typed error that names the stores which can', async () => {
    const cache = open();
    const unsupported = { code: 'LARDER_UNSUPPORTED_BY_STORE', message: expect.stringMatching(/memcached.*LMDB/) };
    await expect(cache.keys()[Symbol.asyncIterator]().next()).rejects.toMatchObject(unsupported);
    await expect(cache.deleteMatching('a*')).rejects.toMatchObject(unsupported);
    await cache.set('k', 1, { indexes: { user: 'ada' } });
    await expect(cache.getByIndex('user', 'ada')).rejects.toMatchObject(unsupported);
    expect(await cache.prune()).toBe(0);
  });

  it('refuses a value above the limit of an item, and names the limit', async () => {
    const cache = open();
    await expect(cache.set('k', 'x'.repeat(1_100_000))).rejects.toMatchObject({
      code: 'LARDER_UNSUPPORTED_VALUE',
      message: expect.stringContaining('1032192'),
    });
  });
});
