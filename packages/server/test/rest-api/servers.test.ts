import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isMemcachedMissing, startMemcached } from '../../../cache/test/servers/memcached.js';
import { redisIsMissing, startRedis } from '../../../cache/test/servers/redis.js';
import { startRedisCluster } from '../../../cache/test/servers/redis-cluster.js';
import { describeRestApi } from './describe-rest-api.js';

describeRestApi({
  name: 'redis:',
  missing: redisIsMissing,
  takesLargestValues: true,
  lists: true,
  tellsExpiry: true,
  async start() {
    const server = await startRedis();
    return { address: server.url, stop: () => server.stop() };
  },
});

describeRestApi({
  name: 'redis+cluster: of six',
  missing: redisIsMissing,
  takesLargestValues: true,
  lists: true,
  tellsExpiry: true,
  async start() {
    const cluster = await startRedisCluster();
    const members = cluster.addresses.map(({ host, port }) => `${host}:${port}`);
    return { address: `redis+cluster://${members.join(',')}`, stop: () => cluster.stop() };
  },
});

describeRestApi({
  name: 'memcached:',
  missing: isMemcachedMissing ? 'memcached is missing; apt-get install memcached' : undefined,
  takesLargestValues: false,
  lists: false,
  async start() {
    const server = await startMemcached();
    const folder = await mkdtemp(join(tmpdir(), 'larder-rest-control-'));
    return {
      address: `memcached://127.0.0.1:${server.port}`,
      environment: { LARDER_CONTROL_STORE: `lmdb:${folder}` },
      async stop() {
        await server.stop();
        await rm(folder, { recursive: true, force: true });
      },
    };
  },
});
