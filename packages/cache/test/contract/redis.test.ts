import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Store } from '../../src/contracts/store.js';
import { redisStore } from '../../src/stores/redis/index.js';
import { describeStoreContract } from '../../src/testing/index.js';
import { ifRedis, type RedisServer, redisIsMissing, startRedis } from '../servers/redis.js';

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
    startAt: Date.now(),
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
