import { Redis } from 'ioredis-6';
import { enrichRedisConfig, Loader, RedisCache } from 'layered-loader';
import { versionOf } from '../../table.mjs';
import { ioredisOptions, patienceMs } from '../redis-clients.mjs';

/** The memory cache and the RedisCache of its "Basic example", with the documented time limit for Redis (16.1.0 never reads it). */
export const library = {
  name: 'layered-loader',
  version: versionOf('layered-loader'),
  async open({ backEnd, ttlMs, graceMs = 0, tunedClient }) {
    const redis = backEnd && new Redis(enrichRedisConfig(ioredisOptions(backEnd, tunedClient)));
    redis?.on('error', () => {});
    const life = {
      ttlInMsecs: ttlMs + graceMs,
      // Its stale window is the last part of the life: the value is answered and refreshed in the background.
      ttlLeftBeforeRefreshInMsecs: graceMs > 0 ? graceMs : undefined,
    };
    const loaders = new Map();
    const loader = new Loader({
      inMemoryCache: { cacheType: 'lru-map', maxItems: 1_000, ...life },
      asyncCache: redis && new RedisCache(redis, { json: true, timeoutInMsecs: patienceMs, ...life }),
      dataSourceGetOneFn: async (key) => loaders.get(key)?.(),
    });
    return {
      get(key) {
        loaders.delete(key);
        return loader.get(key);
      },
      set: (key, value) => loader.forceSetValue(key, value),
      delete: (key) => loader.invalidateCacheFor(key),
      getOrSet(key, load) {
        loaders.set(key, load);
        return loader.get(key);
      },
      close: () => redis?.quit(),
    };
  },
};
