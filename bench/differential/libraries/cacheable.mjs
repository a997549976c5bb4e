import { createKeyvNonBlocking } from '@keyv/redis';
import { Cacheable } from 'cacheable';
import { versionOf } from '../../table.mjs';
import { keyvRedis } from '../redis-clients.mjs';

/**
 * For the outages as its page "Non-Blocking with @keyv/redis" says; elsewhere with the blocking second tier of its
 * first example, because a non-blocking read never waits for what is in Redis. Errors of loaders are thrown.
 */
export const library = {
  name: 'cacheable',
  version: versionOf('cacheable'),
  lacks: { grace: 'keeps nothing past its ttl' },
  variants: {
    'redis-refused': [{ label: 'with createKeyvNonBlocking', options: { helper: true } }],
    'redis-killed': [{ label: 'with the default client', options: { outage: false } }],
    'failing-loader': [{ label: 'without throwErrors', options: { throwErrors: false } }],
  },
  async open({ backEnd, ttlMs, outage, tunedClient, helper, throwErrors = true }) {
    const cache = new Cacheable({
      secondary:
        backEnd && (helper ? createKeyvNonBlocking(backEnd.redisUrl) : keyvRedis(backEnd, { outage, tunedClient })),
      ttl: ttlMs,
      nonBlocking: outage === true,
    });
    cache.on('error', () => {});
    return {
      get: (key) => cache.get(key),
      set: (key, value) => cache.set(key, value),
      delete: (key) => cache.delete(key),
      getOrSet: (key, load) => cache.getOrSet(key, load, { throwErrors }),
      close: () => cache.disconnect(),
    };
  },
};
