import { Cluster, Redis } from 'ioredis';
import { createClient, createCluster } from 'redis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Store } from '../../src/contracts/store.js';
import { redisStore } from '../../src/stores/redis/index.js';
import { describeStoreContract } from '../../src/testing/index.js';
import { ifRedis, type RedisServer, redisIsMissing, startRedis } from '../servers/redis.js';
import { type RedisCluster, startRedisCluster } from '../servers/redis-cluster.js';
import { type SentinelledRedis, startSentinelledRedis } from '../servers/redis-sentinel.js';

const { capabilities } = redisStore({ url: 'redis://localhost' });

/** Each test has a prefix of its own, so that none has to empty a server that others use. */
let opened = 0;
const prefix = () => `contract-${opened}:`;

function describeOn(name: string, store: (prefix: string) => Store): void {
  describeStoreContract({
    describe,
    it,
    name,
    capabilities,
    // Anew for each test: the server's own clock must not get far ahead of the time that calls say.
    get startAt() {
      return Date.now();
    },
    tellsTime: true,
    removesExpired: 'Redis removes expired entries by itself; prune removes what they leave behind',
    async open() {
      opened++;
      return store(prefix());
    },
    openAgain: async () => store(prefix()),
  });
}

describe.skipIf(redisIsMissing)(`the redis store${ifRedis}`, () => {
  let server: RedisServer;
  let ioredis: Redis;
  let nodeRedis: ReturnType<typeof createClient>;

  beforeAll(async () => {
    server = await startRedis();
    ioredis = new Redis(server.port);
    nodeRedis = createClient({ url: server.url });
    await nodeRedis.connect();
  });
  afterAll(async () => {
    ioredis.disconnect();
    nodeRedis.destroy();
    await server.stop();
  });

  describeOn('redis, by its url', (prefix) => redisStore({ url: server.url, prefix }));
  describeOn('redis, with a client of ioredis', (prefix) => redisStore({ client: ioredis, prefix }));
  describeOn('redis, with a client of redis', (prefix) => redisStore({ client: nodeRedis, prefix }));

  it('never asks for every key of the server, nor empties it', async () => {
    const stats = await ioredis.info('commandstats');
    expect(stats).toContain('cmdstat_mget');
    expect(stats).not.toMatch(/cmdstat_(keys|flushdb|flushall):/);
  });
});

describe.skipIf(redisIsMissing)(`the redis store on a cluster of six${ifRedis}`, () => {
  let servers: RedisCluster;
  let ioredis: Cluster;
  let nodeRedis: ReturnType<typeof createCluster>;

  beforeAll(async () => {
    servers = await startRedisCluster();
    ioredis = new Cluster([...servers.addresses]);
    nodeRedis = createCluster({
      rootNodes: servers.addresses.map(({ port }) => ({ url: `redis://127.0.0.1:${port}` })),
    });
    await nodeRedis.connect();
  });
  afterAll(async () => {
    ioredis.disconnect();
    nodeRedis.destroy();
    await servers.stop();
  });

  describeOn('redis, a cluster by its addresses', (prefix) => redisStore({ cluster: servers.addresses, prefix }));
  describeOn('redis, with a cluster client of ioredis', (prefix) => redisStore({ client: ioredis, prefix }));
  describeOn('redis, with a cluster client of redis', (prefix) => redisStore({ client: nodeRedis, prefix }));

  it('never asks for every key of a node, nor empties it', async () => {
    for (const node of ioredis.nodes('master')) {
      const stats = await node.info('commandstats');
      expect(stats).toContain('cmdstat_mget');
      expect(stats).not.toMatch(/cmdstat_(keys|flushdb|flushall):/);
    }
  });
});

describe.skipIf(redisIsMissing)(`the redis store behind Sentinels${ifRedis}`, () => {
  let servers: SentinelledRedis;
  beforeAll(async () => {
    servers = await startSentinelledRedis();
  });
  afterAll(() => servers.stop());

  describeOn('redis, a primary that Sentinels name', (prefix) =>
    redisStore({ sentinel: { name: servers.name, sentinels: servers.sentinels }, prefix }),
  );
});
