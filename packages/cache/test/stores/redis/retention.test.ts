import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { redisStore } from '../../../src/stores/redis/index.js';
import { retentionIn } from '../../../src/stores/redis/retention.js';
import { ifRedis, type RedisServer, redisIsMissing, startRedis } from '../../servers/redis.js';
import { type RedisCluster, startRedisCluster } from '../../servers/redis-cluster.js';

const call = () => ({ now: Date.now() });

describe('what INFO memory says of a server', () => {
  it.each([
    ['no limit', 'maxmemory:0\r\nmaxmemory_policy:allkeys-lru\r\n', 'keeps'],
    [
      'a limit that refuses writes',
      'maxmemory:100\r\nmaxmemory_human:100B\r\nmaxmemory_policy:noeviction\r\n',
      'keeps',
    ],
    ['a limit that evicts', 'maxmemory:100\r\nmaxmemory_policy:allkeys-lfu\r\n', 'evicts'],
    ['a limit that evicts what has an end', 'maxmemory:100\r\nmaxmemory_policy:volatile-ttl\r\n', 'evicts'],
    ['a limit, and no policy', 'maxmemory:100\r\n', 'unknown'],
    ['nothing', '# Memory\r\n', 'unknown'],
  ])('%s', (_, info, retention) => {
    expect(retentionIn(info).kind).toBe(retention);
  });
});

describe.skipIf(redisIsMissing)(`whether a Redis keeps what it is given${ifRedis}`, () => {
  let server: RedisServer;
  let admin: Redis;
  beforeAll(async () => {
    server = await startRedis();
    admin = new Redis(server.port);
  });
  afterEach(() => admin.config('SET', 'maxmemory', '0'));
  afterAll(async () => {
    admin.disconnect();
    await server.stop();
  });

  const retentionFor = async (options: { username?: string; password?: string } = {}) => {
    const store = redisStore({ url: server.url, ...options });
    try {
      return (await store.retention?.(call()))?.kind;
    } finally {
      await store.close();
    }
  };

  it('depends on its limit and its policy, as they are set now', async () => {
    expect(await retentionFor()).toBe('keeps');
    await admin.config('SET', 'maxmemory', '100mb');
    await admin.config('SET', 'maxmemory-policy', 'allkeys-lru');
    expect(await retentionFor()).toBe('evicts');
    await admin.config('SET', 'maxmemory-policy', 'noeviction');
    expect(await retentionFor()).toBe('keeps');
  });

  it('is unknown to a user who may not ask', async () => {
    await admin.call('ACL', 'SETUSER', 'asker', 'on', '>secret', '~*', '+@all', '-info');
    expect(await retentionFor({ username: 'asker', password: 'secret' })).toBe('unknown');
  });

  it('is an error while nobody answers', async () => {
    const store = redisStore({ url: 'redis://127.0.0.1:1' });
    await expect(store.retention?.(call())).rejects.toMatchObject({ code: 'LARDER_STORE_FAILED' });
    await store.close();
  });
});

describe.skipIf(redisIsMissing)(`whether a Redis Cluster keeps what it is given${ifRedis}`, () => {
  let cluster: RedisCluster;
  beforeAll(async () => {
    cluster = await startRedisCluster();
  });
  afterAll(() => cluster.stop());

  it('is no as soon as one of its primaries evicts', async () => {
    const store = redisStore({ cluster: cluster.addresses });
    expect(await store.retention?.(call())).toMatchObject({ kind: 'keeps' });
    for (const { port } of cluster.addresses) {
      const admin = new Redis(port);
      const isPrimary = String(await admin.call('ROLE')).startsWith('master');
      if (isPrimary) {
        await admin.config('SET', 'maxmemory', '100mb');
        await admin.config('SET', 'maxmemory-policy', 'allkeys-lru');
      }
      admin.disconnect();
      if (isPrimary) break;
    }
    expect(await store.retention?.(call())).toEqual({ kind: 'evicts', policy: 'allkeys-lru' });
    await store.close();
  });
});
