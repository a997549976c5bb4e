import { createCache } from '@larder/cache';
import { redisStore } from '@larder/cache/redis';
import { versionOf } from '../table.mjs';

/** Larder on Redis as its first page shows it. */
export const library = {
  name: 'larder',
  version: versionOf('larder'),
  async open({ backEnd, ttlMs }) {
    const cache = createCache({ ttl: `${ttlMs}ms`, store: redisStore({ url: backEnd.redisUrl }) });
    return {
      getOrSet: (key, load) => cache.getOrSet(key, load),
      close: () => cache.close(),
    };
  },
};
