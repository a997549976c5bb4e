import { Cluster } from 'ioredis';
import { createCluster } from 'redis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bucketOfChannel, channelOf } from '../../../../src/stores/redis/bus/channel.js';
import { slotOfBucket } from '../../../../src/stores/redis/hash-tags.js';
import { type RedisStoreOptions, redisStore } from '../../../../src/stores/redis/index.js';
import { PhysicalKeys } from '../../../../src/stores/redis/physical-keys.js';
import { ifRedis, redisIsMissing } from '../../../servers/redis.js';
import { type RedisCluster, startRedisCluster } from '../../../servers/redis-cluster.js';
import { newPrefix } from '../../../servers/shared-redis.js';
import { Told, until, untilFramesFlow } from './told.js';

const kinds = (['addresses', 'ioredis', 'redis'] as const).flatMap((client) => [
  { client, bus: 'pubsub' as const },
  { client, bus: 'tracking' as const },
]);

describe.skipIf(redisIsMissing)(`the bus of a Redis Cluster${ifRedis}`, () => {
  let servers: RedisCluster;
  let foreigner: Cluster;
  let clients: Record<(typeof kinds)[number]['client'], Omit<RedisStoreOptions, 'prefix'>>;
  const closers: (() => unknown)[] = [];

  beforeAll(async () => {
    servers = await startRedisCluster();
    foreigner = new Cluster([...servers.addresses]);
    const ioredis = new Cluster([...servers.addresses]);
    const nodeRedis = createCluster({
      rootNodes: servers.addresses.map(({ port }) => ({ url: `redis://127.0.0.1:${port}` })),
    });
    await nodeRedis.connect();
    closers.push(
      () => ioredis.disconnect(),
      () => nodeRedis.destroy(),
      () => foreigner.disconnect(),
    );
    clients = {
      addresses: { cluster: servers.addresses },
      ioredis: { client: ioredis },
      redis: { client: nodeRedis },
    };
  }, 60_000);
  afterAll(async () => {
    for (const close of closers) close();
    await servers.stop();
  });

  /** The port of the primary that has the channel of a prefix. */
  async function portOfChannel(prefix: string): Promise<number> {
    const slot = slotOfBucket(bucketOfChannel(channelOf(prefix, 0)));
    const nodes = await servers.cli('-p', String((await alive()).port), 'cluster', 'slots');
    const lines = nodes.split('\n').map((line) => line.trim());
    const at = lines.findIndex((line, index) => Number(line) <= slot && slot <= Number(lines[index + 1]));
    return Number(lines[at + 3]);
  }

  async function alive() {
    const [member] = (await servers.members()).filter(({ isPrimary, hasFailed }) => isPrimary && !hasFailed);
    if (member === undefined) throw new Error('No primary is alive.');
    return member;
  }

  const everyPrimaryTells = async (told: Told, prefix: string, text: string) => {
    const names = new PhysicalKeys(prefix, true);
    const keys = Array.from({ length: 40 }, (_, index) => `${text}:${index}`);
    await until(async () => {
      await Promise.all(keys.map((key) => foreigner.set(names.ofEntry(key), 'x').catch(() => {})));
      return keys.every((key) => told.written.includes(key));
    }, `writes on every primary are told (${text})`);
  };

  it('uses sharded pub/sub', async () => {
    const prefix = newPrefix();
    const store = redisStore({ cluster: servers.addresses, prefix });
    const told = new Told(store.bus);
    await told.hears('connected');
    const port = await portOfChannel(prefix);
    expect(await servers.cli('-p', String(port), 'pubsub', 'shardchannels')).toContain(`larder:bus:${prefix}{`);
    await store.close();
  });

  describe.each(kinds)('$bus, with $client', ({ client, bus }) => {
    it('follows its channel to another node', async () => {
      const prefix = newPrefix();
      const stores = [redisStore({ ...clients[client], prefix, bus }), redisStore({ ...clients[client], prefix, bus })];
      const [one, other] = stores.map((store) => new Told(store.bus)) as [Told, Told];
      await Promise.all([one.hears('connected'), other.hears('connected')]);
      await untilFramesFlow(one, other, 'before');

      const slot = String(slotOfBucket(bucketOfChannel(channelOf(prefix, 0))));
      const primaries = (await servers.members()).filter(({ isPrimary, hasFailed }) => isPrimary && !hasFailed);
      const port = await portOfChannel(prefix);
      const from = primaries.find((member) => member.port === port);
      const to = primaries.find((member) => member.port !== port);
      if (from === undefined || to === undefined) throw new Error('The channel is nowhere.');
      await servers.cli('-p', String(to.port), 'cluster', 'setslot', slot, 'importing', from.id);
      await servers.cli('-p', String(from.port), 'cluster', 'setslot', slot, 'migrating', to.id);
      await servers.cli('-p', String(to.port), 'cluster', 'setslot', slot, 'node', to.id);
      await servers.cli('-p', String(from.port), 'cluster', 'setslot', slot, 'node', to.id);

      await Promise.all([one.hears('connected', 2), other.hears('connected', 2)]);
      await untilFramesFlow(one, other, 'after');
      if (bus === 'tracking') await everyPrimaryTells(one, prefix, 'after');
      await Promise.all(stores.map((store) => store.close()));
    }, 30_000);
  });

  it('goes on when the primary of its channel is killed and its replica takes over', async () => {
    const prefix = newPrefix();
    const opened = kinds.map(({ client, bus }) => ({ bus, store: redisStore({ ...clients[client], prefix, bus }) }));
    const told = opened.map(({ bus, store }) => ({ bus, ear: new Told(store.bus) }));
    await Promise.all(told.map(({ ear }) => ear.hears('connected')));
    const port = await portOfChannel(prefix);
    await servers.nodes.find((node) => node.port === port)?.kill();
    await Promise.all(told.map(({ ear }) => ear.hears('disconnected')));
    await Promise.all(told.map(({ ear }) => ear.hears('connected', 2)));
    for (const [at, { ear, bus }] of told.entries()) {
      for (const { ear: other } of told) await untilFramesFlow(ear, other, `from ${at}`);
      if (bus === 'tracking') await everyPrimaryTells(ear, prefix, `told ${at}`);
    }
    await Promise.all(opened.map(({ store }) => store.close()));
  }, 60_000);
});
