import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCache } from '../../src/cache/create-cache.js';
import { redisStore } from '../../src/stores/redis/index.js';
import { ifRedis, redisIsMissing } from '../servers/redis.js';
import { type RedisCluster, startRedisCluster } from '../servers/redis-cluster.js';
import { startSentinelledRedis } from '../servers/redis-sentinel.js';
import { newPrefix, sharedRedis } from '../servers/shared-redis.js';
import { expectEachEndToldAcrossKills, startTeller, whoTells } from './tellers.js';

const range = (count: number) => Array.from({ length: count }, (_, index) => index);
const later = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

describe.skipIf(redisIsMissing)(`three processes tell of each end, and of no other${ifRedis}`, () => {
  it('on one Redis, also when the one that tells is killed again and again', { timeout: 60_000 }, async () => {
    const options = { url: (await sharedRedis()).url, prefix: newPrefix() };
    await expectEachEndToldAcrossKills(['redis', options], () => redisStore(options));
  });

  it('behind Sentinels, also when the primary is killed', { timeout: 90_000 }, async () => {
    const { name, sentinels, primary, stop } = await startSentinelledRedis();
    try {
      const options = { sentinel: { name, sentinels } };
      await expectToldAcrossFailOver(options, async () => primary.kill());
    } finally {
      await stop();
    }
  });
});

describe.skipIf(redisIsMissing)(`on a cluster three processes tell of each end, and of no other${ifRedis}`, () => {
  let servers: RedisCluster;
  beforeAll(async () => {
    servers = await startRedisCluster();
  }, 60_000);
  afterAll(() => servers.stop());

  it('also when the one that tells is killed again and again', { timeout: 60_000 }, async () => {
    const options = { cluster: servers.addresses, prefix: newPrefix() };
    await expectEachEndToldAcrossKills(['redis', options], () => redisStore(options));
  });

  it('also while slots are moved', { timeout: 120_000 }, async () => {
    const options = { cluster: servers.addresses, prefix: newPrefix() };
    const teller = await startTeller(['redis', options]);
    const [from, to] = (await servers.members()).filter(({ isPrimary }) => isPrimary);
    const cache = openCache(options);
    const ends: string[] = [];
    let isOver = false;
    const work = range(4).map(async (worker) => {
      for (let round = 0; !isOver; round++) {
        const key = `${worker}:${round}`;
        await cache.setMany(
          [`ends ${key}`, `renewed ${key}`, `deleted ${key}`].map((each) => [each, 1]),
          {
            ttl: '1500ms',
          },
        );
        ends.push(`ends ${key}`);
        await cache.touch(`renewed ${key}`, '1h');
        await cache.delete(`deleted ${key}`);
      }
    });
    await later(200);
    await servers.cli(
      '--cluster', 'reshard', `127.0.0.1:${from?.port}`, '--cluster-from', from?.id ?? '', '--cluster-to', to?.id ?? '',
      '--cluster-slots', '600', '--cluster-yes', '--cluster-pipeline', '5',
    ); // biome-ignore format: arguments
    isOver = true;
    await Promise.all(work);
    const told = () => new Set(teller.told);
    await expect.poll(() => told().size, { timeout: 30_000, interval: 200 }).toBeGreaterThanOrEqual(ends.length);
    await later(2_000);
    expect([...told()].sort()).toEqual([...ends].sort());
    await cache.close();
  });

  // Last: it leaves the cluster with five nodes.
  it('also when a primary is killed', { timeout: 90_000 }, async () => {
    const member = (await servers.members()).find(({ isPrimary }) => isPrimary);
    const primary = servers.nodes.find(({ port }) => port === member?.port);
    await expectToldAcrossFailOver({ cluster: servers.addresses, prefix: newPrefix() }, async () => primary?.kill());
  });
});

function openCache(options: Parameters<typeof redisStore>[0]) {
  const store = redisStore(options);
  return createCache({ store, expiryEvents: true, memory: false, storeTimeout: '10s', onStoreError: 'throw' });
}

/** What has reached the replicas is told, whatever becomes of the primary. */
async function expectToldAcrossFailOver(options: Parameters<typeof redisStore>[0], kill: () => Promise<void>) {
  const tellers = await Promise.all(range(2).map(() => startTeller(['redis', options])));
  const cache = openCache(options);
  const keys = range(1_000).map((at) => `k${at}`);
  await Promise.all(keys.map((key, at) => cache.set(key, at, { ttl: `${2_000 + at * 3}ms` })));
  await cache.set('deleted', 1, { ttl: '3s' });
  await cache.delete('deleted');
  await later(500);
  await whoTells(tellers);
  await kill();
  const told = () => new Set(tellers.flatMap((each) => each.told));
  await expect.poll(() => told().size, { timeout: 60_000, interval: 200 }).toBeGreaterThanOrEqual(keys.length);
  expect([...told()].sort()).toEqual([...keys].sort());
  await cache.close();
}
