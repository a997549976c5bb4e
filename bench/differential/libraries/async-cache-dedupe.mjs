import { createCache } from 'async-cache-dedupe';
import { Redis } from 'ioredis';
import { versionOf } from '../../table.mjs';
import { ioredisOptions } from '../redis-clients.mjs';

/** Redis or memory, as its page shows each. It reads through only: a set is a load of the value. */
export const library = {
  name: 'async-cache-dedupe',
  version: versionOf('async-cache-dedupe'),
  lacks: { tiers: 'has one tier, memory or Redis' },
  async open({ backEnd, ttlMs, graceMs = 0, tunedClient }) {
    const client = backEnd && new Redis(ioredisOptions(backEnd, tunedClient));
    client?.on('error', () => {});
    const loaders = new Map();
    const cache = createCache({
      ttl: Math.ceil(ttlMs / 1_000),
      stale: Math.ceil(graceMs / 1_000),
      storage: client ? { type: 'redis', options: { client } } : { type: 'memory' },
    });
    cache.define('read', async (key) => loaders.get(key)());
    const getOrSet = (key, load) => {
      loaders.set(key, load);
      return cache.read(key);
    };
    return {
      get: (key) => getOrSet(key, () => undefined),
      set: (key, value) => getOrSet(key, () => value),
      delete: (key) => cache.clear('read', key),
      getOrSet,
      close: () => client?.quit(),
    };
  },
};
