import type { Store } from '@larder/cache';
import { redisStore } from '@larder/cache/redis';
import { describe, expect, it } from 'vitest';
import { ifRedis, redisIsMissing, startRedis } from '../../servers/redis.js';
import { startRedisCluster } from '../../servers/redis-cluster.js';

const evictionOf = async (store: Store) => {
  try {
    return await store.eviction?.({ now: Date.now() });
  } finally {
    await store.close();
  }
};

describe.skipIf(redisIsMissing !== undefined)(`redisStore.eviction${ifRedis}`, () => {
  it.each([
    { options: ['--maxmemory', '64mb', '--maxmemory-policy', 'allkeys-lru'], policy: 'allkeys-lru', evicts: true },
    { options: ['--maxmemory', '64mb', '--maxmemory-policy', 'noeviction'], policy: 'noeviction', evicts: false },
    { options: ['--maxmemory', '0', '--maxmemory-policy', 'volatile-lru'], policy: 'volatile-lru', evicts: false },
  ])('tells $policy with $options', async ({ options, policy, evicts }) => {
    const server = await startRedis(options);
    try {
      expect(await evictionOf(redisStore({ url: server.url }))).toEqual({ policy, evicts });
    } finally {
      await server.stop();
    }
  });

  it('tells of a cluster what its primaries do, also before anything else was asked', async () => {
    const cluster = await startRedisCluster();
    try {
      expect(await evictionOf(redisStore({ cluster: cluster.addresses }))).toEqual({
        policy: 'noeviction',
        evicts: false,
      });
    } finally {
      await cluster.stop();
    }
  });

  it('rejects as every call of a store does while nobody answers', async () => {
    const server = await startRedis();
    await server.stop();
    await expect(evictionOf(redisStore({ url: server.url }))).rejects.toMatchObject({
      code: expect.stringMatching(/^LARDER_STORE/),
    });
  });
});
