import { createCache } from '../../../src/cache/create-cache.js';
import type { CreateCacheOptions } from '../../../src/options/cache-options.js';
import { memcachedStore } from '../../../src/stores/memcached/index.js';
import { fakeClock } from '../../../src/testing/fake-clock.js';
import type { OpenCache, Setting } from '../../cache/settings.js';
import { isMemcachedMissing, startMemcached } from '../../servers/memcached.js';

async function open(options: CreateCacheOptions): Promise<OpenCache> {
  const server = await startMemcached();
  // Ahead of the server's clock, so that it never drops what the test still takes for live.
  const clock = fakeClock(Date.now() + 3_600_000);
  const cache = createCache({ clock, store: memcachedStore({ servers: [server.address] }), ...options });
  return {
    cache,
    clock,
    async close() {
      await cache.close();
      await server.stop();
    },
  };
}

const noListing = { canList: false, runs: 100 } as const;

/** A cache that cannot list its keys. Empty where memcached is missing, which the tests of the store say aloud. */
export const onMemcached: readonly Setting[] = isMemcachedMissing
  ? []
  : [
      { name: 'memcached alone', ...noListing, open: (options = {}) => open({ memory: false, ...options }) },
      { name: 'memory before memcached', ...noListing, open: (options = {}) => open(options) },
    ];
