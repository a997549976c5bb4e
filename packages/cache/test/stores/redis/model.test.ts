import { describe, it } from 'vitest';
import { redisStore } from '../../../src/stores/redis/index.js';
import { ifRedis, redisIsMissing } from '../../servers/redis.js';
import { startRedisCluster } from '../../servers/redis-cluster.js';
import { newPrefix, sharedRedis } from '../../servers/shared-redis.js';
import { expectLikeMemoryMap } from '../store-model.js';

describe.skipIf(redisIsMissing)(`the redis store${ifRedis}`, () => {
  it('answers like the memory-map store, whatever is asked in whatever order', { timeout: 120_000 }, async () => {
    const { url } = await sharedRedis();
    const open = async () => ({ store: redisStore({ url, prefix: newPrefix() }), end: async () => {} });
    await expectLikeMemoryMap({ open, numRuns: 100, startAt: Date.now() });
  });

  it('answers like it on a cluster', { timeout: 120_000 }, async () => {
    const { addresses, stop } = await startRedisCluster();
    try {
      const open = async () => ({
        store: redisStore({ cluster: addresses, prefix: newPrefix() }),
        end: async () => {},
      });
      await expectLikeMemoryMap({ open, numRuns: 25, startAt: Date.now() });
    } finally {
      await stop();
    }
  });
});
