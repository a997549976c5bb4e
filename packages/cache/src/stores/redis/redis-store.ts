import type { Store, StoreCapabilities } from '../../contracts/store.js';
import { storeBus } from './bus/store-bus.js';
import { lifecycle } from './lifecycle.js';
import { type RedisStoreOptions, resolveOptions } from './options.js';
import { limits } from './physical-keys.js';
import { storeName } from './redis-errors.js';

const capabilities: StoreCapabilities = Object.freeze({
  persistent: true,
  shared: true,
  synchronousReads: false,
  atomicWrites: true,
  scan: 'repeats',
  index: true,
  tellsExpiry: true,
  expiry: 'exact',
  limits: Object.freeze(limits),
});

/** Keeps entries in Redis or Valkey: one server, a Cluster, or what Sentinels watch. Connects at the first call. */
export function redisStore(options: RedisStoreOptions): Store {
  const resolved = resolveOptions(options);
  const life = lifecycle(resolved);
  const bus = resolved.bus && storeBus(resolved.bus, { ...resolved, connection: () => life.connection() });

  return {
    name: storeName,
    capabilities,
    ...(bus === undefined ? {} : { bus }),

    time: () => life.use((redis) => redis.time()),
    retention: () => life.use((redis) => redis.retention()),
    get: (keys, call) => life.use((redis) => redis.get(keys, call)),
    set: (writes, call) => life.use((redis) => redis.set(writes, call)),
    delete: (keys, call) => life.use((redis) => redis.delete(keys, call)),
    modify: (key, change, call) => life.use((redis) => redis.modify(key, change, call)),
    scan: (prefix, page, call) => life.use((redis) => redis.scan(prefix, page, call)),
    byIndex: (term, page, call) => life.use((redis) => redis.byIndex(term, page, call)),
    prune: (limit, call) => life.use((redis) => redis.prune(limit, call)),
    expired: (request, call) => life.use((redis) => redis.expired(request, call)),
    forgetExpired: (expired, call) => life.use((redis) => redis.forgetExpired(expired, call)),
    async close() {
      await bus?.closeAll();
      await life.close();
    },
  };
}
