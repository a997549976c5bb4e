import { Cluster, Redis } from 'ioredis';
import { createClient, createCluster } from 'redis';
import { afterAll, beforeAll, describe, it } from 'vitest';
import type { BusTransport } from '../../../src/contracts/bus.js';
import { type RedisStoreOptions, redisBus, redisStore } from '../../../src/stores/redis/index.js';
import { PhysicalKeys } from '../../../src/stores/redis/physical-keys.js';
import { describeBusContract } from '../../../src/testing/index.js';
import { ifRedis, type RedisServer, redisIsMissing, startRedis } from '../../servers/redis.js';
import { type RedisCluster, startRedisCluster } from '../../servers/redis-cluster.js';
import { type SentinelledRedis, startSentinelledRedis } from '../../servers/redis-sentinel.js';

type Where = () => Omit<RedisStoreOptions, 'prefix' | 'bus'>;

let opened = 0;

/** Another process that writes, with a connection of its own. */
interface Foreigner {
  set(key: string, value: string): Promise<unknown>;
}

function describeStoreBus(
  name: string,
  where: Where,
  foreigner?: { isCluster: boolean; client: () => Foreigner },
): void {
  const stores: ReturnType<typeof redisStore>[] = [];
  const busOf = (prefix: string): BusTransport => {
    const store = redisStore({ ...where(), prefix, bus: foreigner === undefined ? 'pubsub' : 'tracking' });
    stores.push(store);
    return store.bus as BusTransport;
  };
  describeBusContract({
    describe,
    it,
    name,
    async open() {
      opened++;
      return busOf(`bus-${opened}:`);
    },
    openAgain: async () => busOf(`bus-${opened}:`),
    openApart: async () => busOf(`bus-${opened}:apart`),
    async release() {
      await Promise.all(stores.splice(0).map((store) => store.close()));
    },
    ...(foreigner === undefined
      ? {}
      : {
          async writeToStore(keys: readonly string[]) {
            const names = new PhysicalKeys(`bus-${opened}:`, foreigner.isCluster);
            await Promise.all(keys.map((key) => foreigner.client().set(names.ofEntry(key), 'foreign')));
          },
        }),
  });
}

describe.skipIf(redisIsMissing)(`the bus of redis${ifRedis}`, () => {
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

  const foreigner = { isCluster: false, client: () => ioredis };
  describeStoreBus('redis pub/sub, by its url', () => ({ url: server.url }));
  describeStoreBus('redis pub/sub, with a client of ioredis', () => ({ client: ioredis }));
  describeStoreBus('redis pub/sub, with a client of redis', () => ({ client: nodeRedis }));
  describeStoreBus('redis tracking, by its url', () => ({ url: server.url }), foreigner);
  describeStoreBus('redis tracking, with a client of ioredis', () => ({ client: ioredis }), foreigner);
  describeStoreBus('redis tracking, with a client of redis', () => ({ client: nodeRedis }), foreigner);

  describeBusContract({
    describe,
    it,
    name: 'redisBus, for entries that are elsewhere',
    async open() {
      opened++;
      return redisBus({ url: server.url, channel: `bus:${opened}` });
    },
    openAgain: async () => redisBus({ client: nodeRedis, channel: `bus:${opened}` }),
    openApart: async () => redisBus({ client: ioredis, channel: `bus:${opened}:apart` }),
  });
});

describe.skipIf(redisIsMissing)(`the bus of redis on a cluster of six${ifRedis}`, () => {
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
  }, 60_000);
  afterAll(async () => {
    ioredis.disconnect();
    nodeRedis.destroy();
    await servers.stop();
  });

  const foreigner = { isCluster: true, client: () => ioredis };
  describeStoreBus('redis pub/sub, a cluster by its addresses', () => ({ cluster: servers.addresses }));
  describeStoreBus('redis pub/sub, with a cluster client of ioredis', () => ({ client: ioredis }));
  describeStoreBus('redis pub/sub, with a cluster client of redis', () => ({ client: nodeRedis }));
  describeStoreBus('redis tracking, a cluster by its addresses', () => ({ cluster: servers.addresses }), foreigner);
  describeStoreBus('redis tracking, with a cluster client of ioredis', () => ({ client: ioredis }), foreigner);
  describeStoreBus('redis tracking, with a cluster client of redis', () => ({ client: nodeRedis }), foreigner);
});

describe.skipIf(redisIsMissing)(`the bus of redis behind Sentinels${ifRedis}`, () => {
  let servers: SentinelledRedis;
  let ioredis: Redis;
  beforeAll(async () => {
    servers = await startSentinelledRedis();
    ioredis = new Redis(servers.primary.port);
  }, 60_000);
  afterAll(async () => {
    ioredis.disconnect();
    await servers.stop();
  });

  const where = () => ({ sentinel: { name: servers.name, sentinels: servers.sentinels } });
  describeStoreBus('redis pub/sub, a primary that Sentinels name', where);
  describeStoreBus('redis tracking, a primary that Sentinels name', where, { isCluster: false, client: () => ioredis });
});
