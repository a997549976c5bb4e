import KeyvRedis, { createClient, createKeyvNonBlocking } from '@keyv/redis';
import { createCache } from 'cache-manager';
import { CacheableMemory } from 'cacheable';
import { Keyv } from 'keyv';
import { versionOf } from '../../table.mjs';
import { nodeRedisOptions } from '../redis-clients.mjs';

/** The two stores of its "Quick start"; for the outages with `nonBlocking` and the client made for it. */
export const library = {
  name: 'cache-manager',
  version: versionOf('cache-manager'),
  async open({ backEnd, ttlMs, graceMs = 0, outage, tunedClient }) {
    const stores = [new Keyv({ store: new CacheableMemory({ ttl: 60_000, lruSize: 5_000 }) })];
    if (backEnd) stores.push(redisStore({ backEnd, outage, tunedClient }));
    for (const store of stores) store.on('error', () => {});
    const cache = createCache({
      stores,
      ttl: ttlMs + graceMs,
      // Its stale window is the last part of the life: the value is answered and refreshed in the background.
      refreshThreshold: graceMs > 0 ? graceMs : undefined,
      nonBlocking: outage === true,
    });
    return {
      get: (key) => cache.get(key),
      set: (key, value) => cache.set(key, value),
      delete: (key) => cache.del(key),
      getOrSet: (key, load) => cache.wrap(key, load),
      close: () => cache.disconnect(),
    };
  },
};

function redisStore({ backEnd, outage, tunedClient }) {
  if (tunedClient) {
    const client = createClient(nodeRedisOptions(backEnd, true));
    return new Keyv({ store: new KeyvRedis(client, { throwOnConnectError: false }) });
  }
  return outage ? createKeyvNonBlocking(backEnd.redisUrl) : new Keyv({ store: new KeyvRedis(backEnd.redisUrl) });
}
