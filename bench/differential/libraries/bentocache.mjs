import { BentoCache, bentostore } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';
import { redisDriver } from 'bentocache/drivers/redis';
import { Redis } from 'ioredis';
import { versionOf } from '../../table.mjs';
import { ioredisOptions } from '../redis-clients.mjs';

/** Two tiers as bentocache.dev/docs/multi-tier has them, with the circuit breaker of its options page. */
export const library = {
  name: 'bentocache',
  version: versionOf('bentocache'),
  variants: { 'source-down': [{ label: 'with the default soft timeout', options: { softTimeout: 0 } }] },
  async open({ backEnd, ttlMs, graceMs, tunedClient, softTimeout = '1s' }) {
    const store = bentostore().useL1Layer(memoryDriver({ maxItems: 1_000 }));
    if (backEnd) {
      const connection = new Redis(ioredisOptions(backEnd, tunedClient));
      connection.on('error', () => {});
      store.useL2Layer(redisDriver({ connection }));
    }
    const bento = new BentoCache({
      default: 'tiers',
      ttl: ttlMs,
      grace: graceMs ?? false,
      // A stale read waits so long for the loader; with the default of 0 the back-off after a failure has no effect.
      timeout: softTimeout,
      l2CircuitBreakerDuration: '10s',
      stores: { tiers: store },
    });
    return {
      get: (key) => bento.get({ key }),
      set: (key, value) => bento.set({ key, value }),
      delete: (key) => bento.delete({ key }),
      getOrSet: (key, load) => bento.getOrSet({ key, factory: () => load() }),
      close: () => bento.disconnectAll(),
    };
  },
};
