import KeyvRedis from '@keyv/redis';
import { createCache } from '@larder/cache';
import { redisStore } from '@larder/cache/redis';
import { BentoCache, bentostore } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';
import { redisDriver } from 'bentocache/drivers/redis';
import { createCache as createCacheManager } from 'cache-manager';
import { CacheableMemory } from 'cacheable';
import { Redis as Redis5 } from 'ioredis';
import { Redis } from 'ioredis-6';
import { Keyv } from 'keyv';
import { Loader, RedisCache } from 'layered-loader';
import { LRUCache } from 'lru-cache';
import { createClient } from 'redis';
import { versionOf } from '../table.mjs';

/*
 * The ways to keep JSON in Redis that are compared. All of them store a life of an hour; with `memory`, the most entries
 * that their memory tier may hold, they have one. Each opens a connection of its own.
 */
const lifeSeconds = 3_600;
const lifeMillis = lifeSeconds * 1_000;

export const plainIoredis = {
  name: 'ioredis',
  version: versionOf('ioredis-6'),
  open: (url) => onIoredis(new Redis(url)),
};

export const autopipelining = {
  name: 'ioredis, autopipelining',
  version: versionOf('ioredis-6'),
  open: (url) => onIoredis(new Redis(url, { enableAutoPipelining: true })),
};

function onIoredis(client) {
  return {
    get: async (key) => JSON.parse(await client.get(key)),
    set: (key, value) => client.set(key, JSON.stringify(value), 'EX', lifeSeconds),
    getMany: async (keys) => (await client.mget(keys)).map((text) => JSON.parse(text)),
    close: () => client.quit(),
  };
}

export const nodeRedis = {
  name: 'node-redis',
  version: versionOf('redis'),
  open: (url) => onNodeRedis(createClient({ url })),
};

/** By default node-redis makes a timer and a signal for each command. */
export const nodeRedisWithoutTimeout = {
  name: 'node-redis, timeout: 0',
  version: versionOf('redis'),
  open: (url) => onNodeRedis(createClient({ url, commandOptions: { timeout: 0 } })),
};

async function onNodeRedis(client) {
  await client.connect();
  return {
    get: async (key) => JSON.parse(await client.get(key)),
    set: (key, value) => client.set(key, JSON.stringify(value), { expiration: { type: 'EX', value: lifeSeconds } }),
    getMany: async (keys) => (await client.mGet(keys)).map((text) => JSON.parse(text)),
    close: () => client.close(),
  };
}

export const larder = {
  name: 'larder',
  version: versionOf('larder'),
  open(url, { memory } = {}) {
    const store = redisStore({ client: new Redis(url) });
    const tier = memory === undefined ? false : { maxEntries: memory };
    const cache = createCache({ ttl: '1h', memory: tier, store, onStoreError: 'throw' });
    return {
      get: (key) => cache.get(key),
      set: (key, value) => cache.set(key, value),
      getMany: (keys) => cache.getMany(keys),
      close: () => cache.close(),
    };
  },
};

export const layeredLoader = {
  name: 'layered-loader',
  version: versionOf('layered-loader'),
  open(url, { memory } = {}) {
    const client = new Redis(url);
    const loader = new Loader({
      inMemoryCache: memory && { cacheType: 'lru-map', maxItems: memory, ttlInMsecs: lifeMillis },
      asyncCache: new RedisCache(client, { json: true, ttlInMsecs: lifeMillis }),
      dataSourceGetOneFn: async () => undefined,
    });
    return {
      get: (key) => loader.get(key),
      set: (key, value) => loader.forceSetValue(key, value),
      close: () => client.quit(),
    };
  },
};

export const cacheManager = {
  name: 'cache-manager',
  version: versionOf('cache-manager'),
  open(url, { memory } = {}) {
    const stores = [new Keyv({ store: new KeyvRedis(url) })];
    if (memory !== undefined) stores.unshift(new Keyv({ store: new CacheableMemory({ lruSize: memory }) }));
    const cache = createCacheManager({ stores, ttl: lifeMillis });
    return {
      get: (key) => cache.get(key),
      set: (key, value) => cache.set(key, value),
      close: () => cache.disconnect(),
    };
  },
};

export const bentocache = {
  name: 'bentocache',
  version: versionOf('bentocache'),
  open(url, { memory } = {}) {
    const store = bentostore().useL2Layer(redisDriver({ connection: new Redis5(url) }));
    if (memory !== undefined) store.useL1Layer(memoryDriver({ maxItems: memory }));
    const bento = new BentoCache({ default: 'redis', ttl: lifeMillis, stores: { redis: store } });
    return {
      get: (key) => bento.get({ key }),
      set: (key, value) => bento.set({ key, value }),
      close: () => bento.disconnectAll(),
    };
  },
};

/** What many write by themselves. */
export const byHand = {
  name: 'lru-cache and ioredis by hand',
  version: `${versionOf('lru-cache')}, ${versionOf('ioredis-6')}`,
  open(url, { memory }) {
    const client = new Redis(url);
    const recent = new LRUCache({ max: memory, ttl: lifeMillis });
    return {
      async get(key) {
        const held = recent.get(key);
        if (held !== undefined) return held;
        const value = JSON.parse(await client.get(key));
        recent.set(key, value);
        return value;
      },
      async set(key, value) {
        await client.set(key, JSON.stringify(value), 'EX', lifeSeconds);
        recent.set(key, value);
      },
      close: () => client.quit(),
    };
  },
};
