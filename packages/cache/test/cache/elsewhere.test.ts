import { afterEach, describe, expect, it } from 'vitest';
import { inProcessBus } from '../../src/bus/in-process-bus.js';
import { createCache } from '../../src/cache/create-cache.js';
import type { Cache } from '../../src/contracts/cache.js';
import type { CacheEvent, CacheEventType } from '../../src/contracts/events.js';
import type { CreateCacheOptions } from '../../src/options/cache-options.js';
import { lmdbStore } from '../../src/stores/lmdb/index.js';
import { redisStore } from '../../src/stores/redis/index.js';
import { fakeClock } from '../../src/testing/fake-clock.js';
import { settled } from '../load/held-load.js';
import { sharedMapStore } from '../load/shared-map-store.js';
import { redisIsMissing } from '../servers/redis.js';
import { newPrefix, sharedRedis } from '../servers/shared-redis.js';
import { temporaryFolders } from '../stores/lmdb/temporary-folder.js';

const elsewhere = ['changed-elsewhere', 'invalidated-elsewhere', 'cleared-elsewhere'] as const;
const opened: Cache[] = [];
afterEach(() => Promise.all(opened.splice(0).map((cache) => cache.close())));

function open(options: CreateCacheOptions): Cache {
  const cache = createCache({ namespace: 'shop', ttl: '1h', ...options });
  opened.push(cache);
  return cache;
}

function toldTo(cache: Cache, types: readonly CacheEventType[] = elsewhere): CacheEvent[] {
  const told: CacheEvent[] = [];
  for (const type of types) cache.on(type, (event) => told.push(event));
  return told;
}

describe('what another process does to a namespace', () => {
  function two(memory: false | undefined) {
    const [store, bus, clock] = [sharedMapStore(), inProcessBus(), fakeClock()];
    const options = { store, bus, clock, ...(memory === false ? { memory } : {}) } as const;
    return { one: open(options), other: open(options) };
  }

  it.each([['memory before the store', undefined] as const, ['no memory', false] as const])(
    'is told with %s: its keys, its tags, its clear, and of which namespace',
    async (_, memory) => {
      const { one, other } = two(memory);
      const user = one.namespace('user');
      const told = toldTo(one);
      await other.namespace('user').set('a', 1, { tags: ['t'] });
      await other.namespace('user').increment('n');
      await settled();
      await other.namespace('user').touch('a', '5s');
      await settled();
      await other.namespace('user').delete('a');
      await settled();
      await other.namespace('user').invalidateTags(['t', 'u'], { remove: true });
      await settled();
      await other.namespace('user').clear();
      await settled();
      const namespace = 'shop/user';
      const keys = told.flatMap((event) => (event.type === 'changed-elsewhere' ? event.keys : []));
      expect(keys).toEqual(['a', 'n', 'a', 'a']);
      expect(told.slice(-2)).toEqual([
        { type: 'invalidated-elsewhere', namespace, tags: ['t', 'u'], remove: true },
        { type: 'cleared-elsewhere', namespace },
      ]);
      expect(told.every((event) => event.namespace === namespace)).toBe(true);
      expect(await user.get('a')).toBeUndefined();
    },
  );

  it('is told once it shows here, and not of what this process did itself', async () => {
    const { one, other } = two(undefined);
    await settled();
    await other.set('k', 'old');
    await settled();
    expect(await one.get('k')).toBe('old');
    const seen: unknown[] = [];
    one.on('changed-elsewhere', () => void one.get('k').then((value) => seen.push(value)));
    await other.set('k', 'new');
    await settled();
    expect(seen).toEqual(['new']);
    await one.set('k', 'own');
    await settled();
    expect(seen).toHaveLength(1);
  });

  it('is told of what it loaded, too', async () => {
    const { one, other } = two(undefined);
    const told = toldTo(one);
    await other.getOrSet('k', () => 'loaded');
    await settled();
    expect(told).toContainEqual({ type: 'changed-elsewhere', namespace: 'shop', keys: ['k'] });
  });

  it('is told by caches that are nothing but memory', async () => {
    const [bus, clock] = [inProcessBus(), fakeClock()];
    const [one, other] = [open({ bus, clock }), open({ bus, clock })];
    const told = toldTo(one);
    await other.set('k', 1);
    await other.clear();
    await settled();
    expect(told.map(({ type }) => type).sort()).toEqual(['changed-elsewhere', 'cleared-elsewhere']);
  });
});

it('touch is told in the process that did it, if there was an entry', async () => {
  const clock = fakeClock();
  const cache = open({ clock });
  const told = toldTo(cache, ['touch']);
  await cache.set('k', 1);
  await cache.touch('k', '5s');
  await cache.touch('absent', '5s');
  expect(told).toEqual([{ type: 'touch', namespace: 'shop', key: 'k', freshUntil: clock.now() + 5_000 }]);
});

describe('the buses that tell it', () => {
  const folder = temporaryFolders();
  const twoOnRedis = async (bus: 'pubsub' | 'tracking') => {
    const { url } = await sharedRedis();
    const prefix = newPrefix();
    return [redisStore({ url, prefix, bus }), redisStore({ url, prefix, bus })] as const;
  };
  const stores = [
    ['LMDB', async () => Array(2).fill(lmdbStore({ path: await folder() })), false],
    ['Redis, publish and subscribe', () => twoOnRedis('pubsub'), redisIsMissing !== undefined],
    ['Redis, tracking', () => twoOnRedis('tracking'), redisIsMissing !== undefined],
  ] as const;

  for (const [name, openStores, isMissing] of stores) {
    it.skipIf(isMissing).each([undefined, false] as const)(`${name}; memory: %s`, async (memory) => {
      const choice = memory === false ? { memory } : {};
      const [one, other] = (await openStores()).map((store) => open({ store, ...choice })) as [Cache, Cache];
      const told = toldTo(one);
      const doubts = toldTo(one, ['memory-doubted']);
      await expect.poll(() => doubts.length, { timeout: 10_000 }).toBeGreaterThan(0);
      await other.set('k', 1, { tags: ['t'] });
      await other.invalidateTags(['t']);
      await other.clear();
      const types = () => new Set(told.map(({ type }) => type));
      await expect.poll(types, { timeout: 10_000 }).toEqual(new Set(elsewhere));
      expect(told).toContainEqual({ type: 'changed-elsewhere', namespace: 'shop', keys: ['k'] });
    });
  }
});
