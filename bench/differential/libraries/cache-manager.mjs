import { createCache } from 'cache-manager';
import { CacheableMemory, createKeyv } from 'cacheable';
import { Keyv } from 'keyv';
import { versionOf } from '../../table.mjs';
import { keyvRedis } from '../redis-clients.mjs';

/** The two stores of its "Quick start"; for the outages with `nonBlocking` and a client that fails fast. */
export const library = {
  name: 'cache-manager',
  version: versionOf('cache-manager'),
  variants: {
    'redis-killed': [{ label: 'with the default client', options: { outage: false } }],
    'callers-objects': [{ label: 'with createKeyv of cacheable', options: { helper: true } }],
  },
  async open({ backEnd, ttlMs, graceMs = 0, outage, tunedClient, helper }) {
    const memory = { ttl: 60_000, lruSize: 5_000 };
    const stores = [helper ? createKeyv(memory) : new Keyv({ store: new CacheableMemory(memory) })];
    if (backEnd) stores.push(new Keyv({ store: keyvRedis(backEnd, { outage, tunedClient }) }));
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
