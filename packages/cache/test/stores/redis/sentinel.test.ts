import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCache } from '../../../src/cache/create-cache.js';
import { redisStore } from '../../../src/stores/redis/index.js';
import { ifRedis, redisIsMissing } from '../../servers/redis.js';
import { type SentinelledRedis, startSentinelledRedis } from '../../servers/redis-sentinel.js';

const later = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

describe.skipIf(redisIsMissing)(`the redis store behind Sentinels${ifRedis}`, () => {
  let servers: SentinelledRedis;
  beforeAll(async () => {
    servers = await startSentinelledRedis();
  }, 60_000);
  afterAll(() => servers.stop());

  const where = () => ({ name: servers.name, sentinels: servers.sentinels });

  it('reads from the replica where it is told to', async () => {
    const store = redisStore({ sentinel: where(), readFrom: 'replica', prefix: 'replica:' });
    const call = { now: Date.now() };
    const write = { key: 'k', bytes: Buffer.from('v'), version: 'v', expiresAt: Number.POSITIVE_INFINITY, indexes: {} };
    expect(await store.set([write], call)).toEqual(['created']);
    for (let attempt = 0; attempt < 200; attempt++) {
      if ((await store.get(['k'], call))[0] !== undefined) break;
      await later(10);
    }
    const replica = new Redis(servers.replica.port);
    expect(await replica.info('commandstats')).toContain('cmdstat_mget');
    replica.disconnect();
    await store.close();
  }, 30_000);

  // Last: it kills the primary.
  it('goes on with the replica, which does not know the scripts, when the primary is killed', async () => {
    const cache = createCache({
      ttl: '10m',
      memory: false,
      store: redisStore({ sentinel: where() }),
      storeTimeout: '500ms',
      circuitBreaker: { pause: '100ms' },
    });
    await cache.set('k', 'kept', { indexes: { user: 'alice' } });
    const before = await cache.increment('n', 1);
    await later(200);
    const replica = new Redis(servers.replica.port);
    await replica.script('FLUSH');
    await servers.primary.kill();

    const errors: unknown[] = [];
    let counted = 0;
    for (const end = Date.now() + 20_000; Date.now() < end && counted < 5; ) {
      await cache.get('k').catch((error) => errors.push(error));
      await cache.set('other', 1).catch((error) => errors.push(error));
      counted += await cache.increment('n', 1).then(
        () => 1,
        () => 0,
      );
      await later(50);
    }
    expect(errors).toEqual([]);
    expect(counted).toBe(5);
    // What was refused may have been done, what was done is not lost.
    expect(await cache.get('n')).toBeGreaterThanOrEqual(before + 5);
    expect(await cache.get('k')).toBe('kept');
    expect(await cache.getKeysByIndex('user', 'alice')).toEqual(['k']);
    expect(await replica.info('replication')).toContain('role:master');
    replica.disconnect();
    await cache.close();
  }, 60_000);
});
