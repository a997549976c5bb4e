import { describe, expect, it, onTestFinished } from 'vitest';
import { createCacheFromEnv } from '../../src/config/index.js';
import { isMemcachedMissing, skipReason, startMemcached } from '../servers/memcached.js';
import { ifRedis, redisIsMissing, startRedis } from '../servers/redis.js';
import { startRedisCluster } from '../servers/redis-cluster.js';
import { startSentinelledRedis } from '../servers/redis-sentinel.js';
import { folderWith } from './config-file.js';

type Hosts = readonly { readonly host: string; readonly port: number }[];

const listed = (hosts: Hosts) => hosts.map(({ host, port }) => `${host}:${port}`).join(',');

/** Two caches of one address see each other's entries: the address led both to the server. */
async function expectShared(address: string, environment: Record<string, string> = {}): Promise<void> {
  const folder = await folderWith({});
  const given = { LARDER_STORE: address, LARDER_ON_STORE_ERROR: 'throw', LARDER_STORE_TIMEOUT: '10s', ...environment };
  await using one = await createCacheFromEnv(given, { folder });
  await using other = await createCacheFromEnv(given, { folder });
  await one.namespace('session').set('k', { user: 1 });
  expect(await other.namespace('session').get('k')).toEqual({ user: 1 });
  expect(await other.namespace('session').ttlSeconds('k')).toBe(86_400);
}

describe.skipIf(redisIsMissing)(`the address of a real Redis${ifRedis}`, () => {
  it('one server, with a user, a password, a database and a prefix', async () => {
    const redis = await startRedis(['--user', 'larder', 'on', '>p@ss:w/rd', '~shop*', '+@all']);
    onTestFinished(() => redis.stop());
    await expectShared(`redis://larder:p%40ss%3Aw%2Frd@127.0.0.1:${redis.port}/3?prefix=shop`);
    const credentials = { LARDER_STORE_USERNAME: 'larder', LARDER_STORE_PASSWORD: 'p@ss:w/rd' };
    await expectShared(`redis://127.0.0.1:${redis.port}/3?prefix=shop`, credentials);
  });

  it('a cluster of six', async () => {
    const cluster = await startRedisCluster();
    onTestFinished(() => cluster.stop());
    await expectShared(`redis+cluster://${listed(cluster.addresses)}?prefix=shop`);
  }, 120_000);

  it('a primary behind Sentinels', async () => {
    const watched = await startSentinelledRedis();
    onTestFinished(() => watched.stop());
    await expectShared(`redis+sentinel://${listed(watched.sentinels)}/${watched.name}/2?prefix=shop`);
  }, 120_000);
});

describe.skipIf(isMemcachedMissing)(`the address of real memcached servers${skipReason}`, () => {
  it('two of them', async () => {
    const servers = await Promise.all([startMemcached(), startMemcached()]);
    onTestFinished(async () => void (await Promise.all(servers.map((server) => server.stop()))));
    const hosts = servers.map(({ port }) => ({ host: '127.0.0.1', port }));
    await expectShared(`memcached://${listed(hosts)}?prefix=shop`);
  });
});
