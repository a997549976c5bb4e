import { createCache } from '@larder/cache';
import { createCache as createDedupe } from 'async-cache-dedupe';
import { BentoCache, bentostore } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';
import { createCache as createManager } from 'cache-manager';
import { Cacheable, CacheableMemory } from 'cacheable';
import { Loader } from 'layered-loader';
import { LRUCache } from 'lru-cache';

const capacity = 20_000;
const hour = 3_600_000;
const userOf = (key) => ({ id: key, name: 'Alice Example', email: 'alice@example.com' });

/**
 * Each as its documentation shows it, in memory, with a capacity that holds all keys and a life of an hour.
 * `get` reads a resident key, `getOrSet` is the same through a loader; a contestant without one of them leaves it out.
 */
export const contestants = [
  {
    name: 'Map',
    open(keys) {
      const map = new Map(keys.map((key) => [key, userOf(key)]));
      return {
        get: (key) => map.get(key),
        getOrSet: (key, load) => {
          const value = map.get(key);
          return value === undefined ? load(key) : value;
        },
      };
    },
  },
  larder('larder (freeze, the default)', { maxEntries: capacity }),
  larder('larder (share)', { maxEntries: capacity, values: 'share' }),
  {
    name: 'lru-cache',
    open(keys) {
      const cache = new LRUCache({ max: capacity, ttl: hour, fetchMethod: userOf });
      for (const key of keys) cache.set(key, userOf(key));
      return { get: (key) => cache.get(key), getOrSet: (key) => cache.fetch(key) };
    },
  },
  {
    name: 'layered-loader',
    open(keys) {
      const loader = new Loader({
        inMemoryCache: { cacheType: 'lru-object', ttlInMsecs: hour, maxItems: capacity },
        dataSources: [{ get: async (key) => userOf(key), name: 'source' }],
      });
      return {
        prepare: () => loadAll(keys, (key) => loader.get(key)),
        getOrSet: (key) => loader.get(key),
        get: (key) => loader.get(key),
      };
    },
  },
  {
    name: 'async-cache-dedupe',
    open(keys) {
      const cache = createDedupe({ ttl: 3600, storage: { type: 'memory', options: { size: capacity } } });
      cache.define('user', async (key) => userOf(key));
      return {
        prepare: () => loadAll(keys, (key) => cache.user(key)),
        getOrSet: (key) => cache.user(key),
        get: (key) => cache.user(key),
      };
    },
  },
  {
    name: 'bentocache',
    open(keys) {
      const bento = new BentoCache({
        default: 'memory',
        stores: { memory: bentostore().useL1Layer(memoryDriver({ maxItems: capacity })) },
      });
      const ttl = '1h';
      return {
        prepare: () => loadAll(keys, (key) => bento.set({ key, value: userOf(key), ttl })),
        get: (key) => bento.get({ key }),
        getOrSet: (key, load) => bento.getOrSet({ key, factory: () => load(key), ttl }),
      };
    },
  },
  {
    name: 'cacheable',
    open(keys) {
      const cache = new Cacheable({ primary: new CacheableMemory({ lruSize: capacity, ttl: '1h' }), ttl: '1h' });
      return {
        prepare: () => loadAll(keys, (key) => cache.set(key, userOf(key))),
        get: (key) => cache.get(key),
        getOrSet: (key, load) => cache.getOrSet(key, () => load(key), { ttl: '1h' }),
      };
    },
  },
  {
    name: 'cache-manager',
    open(keys) {
      const cache = createManager({ ttl: hour });
      return {
        prepare: () => loadAll(keys, (key) => cache.set(key, userOf(key), hour)),
        get: (key) => cache.get(key),
        getOrSet: (key, load) => cache.wrap(key, () => load(key), hour),
      };
    },
  },
];

function larder(name, memory) {
  return {
    name,
    open(keys) {
      const cache = createCache({ ttl: '1h', memory });
      return {
        prepare: () => loadAll(keys, (key) => cache.set(key, userOf(key))),
        get: (key) => cache.get(key),
        getOrSet: (key, load) => cache.getOrSet(key, load),
      };
    },
  };
}

async function loadAll(keys, load) {
  for (const key of keys) await load(key);
}
