import KeyvRedis, { createClient, createKeyvNonBlocking } from '@keyv/redis';
import { Cacheable } from 'cacheable';
import { versionOf } from '../../table.mjs';
import { nodeRedisOptions } from '../redis-clients.mjs';

/**
 * For the outages as its page "Non-Blocking with @keyv/redis" says; elsewhere with the blocking second tier of its
 * first example, because a non-blocking read never waits for what is in Redis. Errors of loaders are thrown.
 */
export const library = {
  name: 'cacheable',
  version: versionOf('cacheable'),
  lacks: { grace: 'keeps nothing past its ttl' },
  async open({ backEnd, ttlMs, outage, tunedClient }) {
    const cache = new Cacheable({
      secondary: backEnd && secondaryFor({ backEnd, outage, tunedClient }),
      ttl: ttlMs,
      nonBlocking: outage === true,
    });
    cache.on('error', () => {});
    return {
      get: (key) => cache.get(key),
      set: (key, value) => cache.set(key, value),
      delete: (key) => cache.delete(key),
      getOrSet: (key, load) => cache.getOrSet(key, load, { throwErrors: true }),
      close: () => cache.disconnect(),
    };
  },
};

function secondaryFor({ backEnd, outage, tunedClient }) {
  if (tunedClient) {
    return new KeyvRedis(createClient(nodeRedisOptions(backEnd, true)), { throwOnConnectError: false });
  }
  return outage ? createKeyvNonBlocking(backEnd.redisUrl) : new KeyvRedis(backEnd.redisUrl);
}
