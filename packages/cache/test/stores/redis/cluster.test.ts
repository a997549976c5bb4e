import { Cluster } from 'ioredis';
import { createCluster } from 'redis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCache } from '../../../src/cache/create-cache.js';
import { clusterTags } from '../../../src/stores/redis/hash-tags.js';
import { type RedisStoreOptions, redisStore } from '../../../src/stores/redis/index.js';
import { ifRedis, redisIsMissing } from '../../servers/redis.js';
import { type RedisCluster, startRedisCluster } from '../../servers/redis-cluster.js';
import { newPrefix } from '../../servers/shared-redis.js';

const later = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const range = (count: number) => Array.from({ length: count }, (_, index) => index);

describe.skipIf(redisIsMissing)(`the redis store on a cluster${ifRedis}`, () => {
  let servers: RedisCluster;
  let ioredis: Cluster;
  let nodeRedis: ReturnType<typeof createCluster>;
  let clients: Record<string, () => Omit<RedisStoreOptions, 'prefix'>>;

  beforeAll(async () => {
    servers = await startRedisCluster();
    ioredis = new Cluster([...servers.addresses]);
    nodeRedis = createCluster({
      rootNodes: servers.addresses.map(({ port }) => ({ url: `redis://127.0.0.1:${port}` })),
    });
    await nodeRedis.connect();
    clients = {
      addresses: () => ({ cluster: servers.addresses }),
      ioredis: () => ({ client: ioredis }),
      redis: () => ({ client: nodeRedis }),
    };
  }, 60_000);
  afterAll(async () => {
    ioredis.disconnect();
    nodeRedis.destroy();
    await servers.stop();
  });

  it('is told the time by one and the same primary, whichever client asks', async () => {
    const answers = await Promise.all(
      ['addresses', 'ioredis', 'redis'].map(async (client) => {
        const store = redisStore({ ...clients[client]?.(), prefix: 'time' });
        const answer = await store.time?.({ now: 0 });
        await store.close();
        return answer?.time ?? 0;
      }),
    );
    for (const time of answers) expect(Math.abs(time - Date.now())).toBeLessThan(2_000);
    const stats = await Promise.all(ioredis.nodes('master').map((node) => node.info('commandstats')));
    expect(stats.map((each) => /cmdstat_time:calls=(\d+)/.exec(each)?.[1]).filter(Boolean)).toEqual(['3']);
  });

  const open = (client: string, prefix = newPrefix()) =>
    createCache({
      ttl: '10m',
      memory: false,
      store: redisStore({ ...clients[client]?.(), prefix }),
      storeTimeout: '5s',
      onStoreError: 'throw',
    });

  /** Works on the cache until `during` has ended, and answers what was not as it should have been. */
  async function underLoad(cache: ReturnType<typeof open>, during: () => Promise<void>) {
    const wrong: unknown[] = [];
    const counted = range(8).map(() => 0);
    let isOver = false;
    let rounds = 0;
    const worker = async (number: number) => {
      for (let round = 0; !isOver; round++) {
        const keys = range(20).map((index) => `w${number}:{${index}}:${round % 50}`);
        try {
          await cache.setMany(keys.map((key): [string, string] => [key, `${key} ${round}`]));
          const found = await cache.getMany(keys);
          for (const key of keys) if (found.get(key) !== `${key} ${round}`) wrong.push([key, found.get(key)]);
          await cache.increment(`count:${number}`, 1);
          counted[number] = (counted[number] as number) + 1;
          rounds++;
        } catch (error) {
          wrong.push(error);
        }
      }
    };
    const workers = range(8).map(worker);
    try {
      await during();
    } finally {
      isOver = true;
      await Promise.all(workers);
    }
    const counts = await Promise.all(range(8).map((number) => cache.get(`count:${number}`)));
    return { wrong, rounds, counted, counts };
  }

  it.each(['addresses', 'ioredis', 'redis'])(
    'keeps the answers of multi-key calls right during a resharding (%s)',
    async (client) => {
      const cache = open(client);
      const before = await servers.members();
      const [from, to] = before.filter(({ isPrimary }) => isPrimary);
      // Slots with entries in them: of the buckets whose tags the donor has.
      const reshard = () =>
      servers.cli(
        '--cluster', 'reshard', `127.0.0.1:${from?.port}`, '--cluster-from', from?.id ?? '', '--cluster-to', to?.id ?? '',
        '--cluster-slots', '600', '--cluster-yes', '--cluster-pipeline', '5',
      ); // biome-ignore format: arguments
      const { wrong, rounds, counted, counts } = await underLoad(cache, async () => {
        await later(200);
        await reshard();
        await later(200);
      });
      expect(wrong).toEqual([]);
      expect(rounds).toBeGreaterThan(8);
      expect(counts).toEqual(counted);
      await cache.close();
    },
    120_000,
  );

  it('lists keys also where that is the first thing that it is asked for', async () => {
    const prefix = newPrefix();
    const writer = open('addresses', prefix);
    await writer.set('k', 1);
    const reader = open('addresses', prefix);
    const listed: string[] = [];
    for await (const key of reader.keys()) listed.push(key);
    expect(listed).toEqual(['k']);
    await Promise.all([writer.close(), reader.close()]);
  });

  it('lists every key that lives through a resharding', async () => {
    const cache = open('addresses');
    const keys = range(3_000).map((index) => `k:${index}`);
    for (let at = 0; at < keys.length; at += 500)
      await cache.setMany(keys.slice(at, at + 500).map((key): [string, number] => [key, 1]));
    const [to, from] = (await servers.members()).filter(({ isPrimary }) => isPrimary);
    const moving = servers.cli(
      '--cluster', 'reshard', `127.0.0.1:${from?.port}`, '--cluster-from', from?.id ?? '', '--cluster-to', to?.id ?? '',
      '--cluster-slots', '500', '--cluster-yes', '--cluster-pipeline', '5',
    ); // biome-ignore format: arguments
    const listed = new Set<string>();
    let cursor: string | undefined;
    do {
      const page = await cache.keysPage({ limit: 50, ...(cursor === undefined ? {} : { cursor }) });
      for (const key of page.keys) listed.add(key);
      cursor = page.cursor;
    } while (cursor !== undefined);
    await moving;
    expect(listed.size).toBe(keys.length);
    await cache.close();
  }, 120_000);

  it('spreads entries over all primaries, whatever braces their keys hold', async () => {
    const prefix = newPrefix();
    const cache = open('addresses', prefix);
    await cache.setMany(range(1_000).map((index): [string, number] => [`{same}:${index}`, index]));
    const counts = await Promise.all(
      ioredis.nodes('master').map(async (node) => (await node.keys(`${prefix}{*`)).length),
    );
    expect(Math.min(...counts)).toBeGreaterThan(50);
    expect((await cache.getMany(range(1_000).map((index) => `{same}:${index}`))).size).toBe(1_000);
    expect(clusterTags().length).toBe(256);
    await cache.close();
  });

  it('finds by index what is spread over all nodes, a page at a time', async () => {
    const cache = open('addresses');
    await cache.setMany(
      range(700).map((index): [string, number] => [`k${index}`, index]),
      { indexes: { user: 'alice' } },
    );
    expect((await cache.getKeysByIndex('user', 'alice')).length).toBe(700);
    expect(await cache.deleteByIndex('user', 'alice')).toBe(700);
    expect(await cache.getKeysByIndex('user', 'alice')).toEqual([]);
    await cache.close();
  });

  it('prunes what is spread over all nodes, however little at a time', async () => {
    const store = redisStore({ client: ioredis, prefix: newPrefix() });
    const now = Date.now();
    const keys = range(300).map((index) => `k${index}`);
    const rest = { bytes: Buffer.from('v'), version: 'v', expiresAt: now + 1_000, indexes: { user: 'alice' } };
    const writes = keys.map((key) => ({ key, ...rest }));
    await store.set(writes, { now });
    const later = { now: now + 2_000 };
    const counts: number[] = [];
    do counts.push(await store.prune(70, later));
    while (counts.at(-1) !== 0);
    expect(counts).toEqual([70, 70, 70, 70, 20, 0]);
    await store.close();
  });

  it('has locks one at a time, whatever slots they are in, also where it reads from replicas', async () => {
    const prefix = newPrefix();
    const caches = [open('ioredis', prefix), open('redis', prefix)];
    const replicas = redisStore({ cluster: servers.addresses, readFrom: 'replica', prefix });
    caches.push(createCache({ memory: false, store: replicas, storeTimeout: '5s' }));
    const tokens = range(8).map((): number[] => []);
    const holders = range(8).map(() => 0);
    const turn = (name: number, cache = caches[0]) =>
      cache?.lock(`{${name}}`, { wait: '20s' }, async ({ fencingToken }) => {
        holders[name] = (holders[name] as number) + 1;
        expect(holders[name]).toBe(1);
        tokens[name]?.push(fencingToken);
        await later(5);
        holders[name] = 0;
      });
    await Promise.all(range(8 * 9).map((at) => turn(at % 8, caches[at % 3])));
    for (const each of tokens) expect(each).toEqual([...new Set(each)].sort((one, other) => one - other));
    expect(tokens.flat()).toHaveLength(72);
    await Promise.all(caches.map((cache) => cache.close()));
  }, 60_000);

  it('reads from replicas where it is told to', async () => {
    const prefix = newPrefix();
    const store = redisStore({ cluster: servers.addresses, readFrom: 'replica', prefix });
    const call = { now: Date.now() };
    const write = { key: 'k', bytes: Buffer.from('v'), version: 'v', expiresAt: Number.POSITIVE_INFINITY, indexes: {} };
    await store.set([write], call);
    const mgets = async (role: 'master' | 'slave') => {
      const stats = await Promise.all(ioredis.nodes(role).map((node) => node.info('commandstats')));
      return stats.map((text) => Number(/cmdstat_mget:calls=(\d+)/.exec(text)?.[1] ?? 0)).reduce((a, b) => a + b);
    };
    const before = [await mgets('master'), await mgets('slave')];
    for (let attempt = 0; attempt < 100; attempt++) if ((await store.get(['k'], call))[0] !== undefined) break;
    for (let read = 0; read < 10; read++) expect((await store.get(['k'], call))[0]).toBeDefined();
    expect(await mgets('master')).toBe(before[0]);
    expect(await mgets('slave')).toBeGreaterThanOrEqual((before[1] as number) + 10);
    await store.close();
  });

  // Last: it leaves the cluster with five nodes.
  it('shows no error to a cache when a primary is killed, and counts on when its replica has taken over', async () => {
    const cache = createCache({
      ttl: '10m',
      store: redisStore({ cluster: servers.addresses, prefix: newPrefix() }),
      storeTimeout: '500ms',
      circuitBreaker: { pause: '200ms' },
    });
    await cache.set('k', 1);
    const member = (await servers.members()).find(({ isPrimary }) => isPrimary);
    const primary = servers.nodes.find(({ port }) => port === member?.port);
    const errors: unknown[] = [];
    const refused: unknown[] = [];
    let counted = 0;
    let isOver = false;
    const work = range(4).map(async (number) => {
      for (let round = 0; !isOver; round++) {
        const keys = range(10).map((index) => `${number}:${index}:${round % 20}`);
        await cache.setMany(keys.map((key): [string, number] => [key, round])).catch((error) => errors.push(error));
        await cache.getMany(keys).catch((error) => errors.push(error));
        await cache.getOrSet(`loaded:${number}:${round % 10}`, () => round).catch((error) => errors.push(error));
        await cache.increment(`n:${number}:${round % 64}`, 1).then(
          () => counted++,
          (error) => refused.push(error),
        );
        await later(5);
      }
    });
    await later(300);
    const before = counted;
    await primary?.kill();
    await later(500);
    await servers.untilServed();
    for (let attempt = 0; attempt < 100; attempt++) {
      const all = await Promise.allSettled(range(64).map((index) => cache.increment(`n:0:${index}`, 1)));
      if (all.every(({ status }) => status === 'fulfilled')) break;
      await later(100);
    }
    const atRecovery = refused.length;
    const countedAtRecovery = counted;
    await later(500);
    isOver = true;
    await Promise.all(work);
    expect(errors).toEqual([]);
    expect(before).toBeGreaterThan(0);
    expect(refused.length).toBeGreaterThan(0);
    for (const error of refused) expect(error).toMatchObject({ code: expect.stringMatching(/^LARDER_STORE_/) });
    expect(counted).toBeGreaterThan(countedAtRecovery);
    expect(refused.length - atRecovery).toBeLessThan(4);
    await cache.close();
  }, 60_000);
});
