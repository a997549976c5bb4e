import { BentoCache, bentostore } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';
import { redisDriver } from 'bentocache/drivers/redis';
import { versionOf } from '../../table.mjs';
import { ioredisOptions } from '../redis-clients.mjs';

/** Two tiers as bentocache.dev/docs/multi-tier has them, with the circuit breaker of its options page. */
export const library = {
  name: 'bentocache',
  version: versionOf('bentocache'),
  async open({ backEnd, ttlMs, graceMs, tunedClient }) {
    const store = bentostore().useL1Layer(memoryDriver({ maxItems: 1_000 }));
    if (backEnd) store.useL2Layer(redisDriver({ connection: ioredisOptions(backEnd, tunedClient) }));
    const bento = new BentoCache({
      default: 'tiers',
      ttl: ttlMs,
      grace: graceMs ?? false,
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
