import { redisStore } from '@larder/cache/redis';
import { Redis } from 'ioredis-6';
import { createClient } from 'redis';
import { redisServerVersion, startRedis } from '../differential/redis-server.mjs';
import { startProxy } from './proxy.mjs';
import { startRedisCluster } from './redis-cluster.mjs';

const noRedis = redisServerVersion() === undefined ? 'redis-server is not installed' : undefined;

/** An outage and its end, on a server behind a proxy. */
const outagesOfOneServer = [
  { name: 'killed', begin: ({ server }) => server.kill(), end: ({ server }) => server.restart() },
  { name: 'frozen (SIGSTOP)', begin: ({ server }) => server.freeze(), end: ({ server }) => server.thaw() },
  { name: 'restarted empty', begin: ({ server }) => server.kill().then(server.restart), end: () => {} },
  {
    name: 'connections reset in mid-reply',
    begin: ({ proxy }) => proxy.breakReplies(true),
    end: ({ proxy }) => proxy.breakReplies(false),
  },
  { name: 'slow (200 ms)', begin: ({ proxy }) => proxy.slowDown(200), end: ({ proxy }) => proxy.slowDown(0) },
];

async function behindProxy(folder, storeAt) {
  const server = await startRedis(folder);
  const proxy = await startProxy(server.port);
  const { store, close } = await storeAt(`redis://127.0.0.1:${proxy.port}`);
  return {
    server,
    proxy,
    store,
    async stop() {
      await close();
      await proxy.stop();
      await server.stop();
    },
  };
}

const nothing = async () => {};

export const backEnds = [
  {
    name: 'Redis by its URL (ioredis)',
    missing: noRedis,
    outages: outagesOfOneServer,
    open: (folder) => behindProxy(folder, async (url) => ({ store: redisStore({ url }), close: nothing })),
  },
  {
    name: 'Redis, a client of ioredis with its default options',
    missing: noRedis,
    outages: outagesOfOneServer,
    open: (folder) =>
      behindProxy(folder, async (url) => {
        const client = new Redis(url);
        client.on('error', () => {});
        return { store: redisStore({ client }), close: async () => client.disconnect() };
      }),
  },
  {
    name: 'Redis, a client of node-redis with its default options',
    missing: noRedis,
    outages: outagesOfOneServer,
    open: (folder) =>
      behindProxy(folder, async (url) => {
        const client = createClient({ url });
        client.on('error', () => {});
        await client.connect();
        return { store: redisStore({ client }), close: async () => client.destroy() };
      }),
  },
  {
    name: 'Redis Cluster of six',
    missing: noRedis,
    outages: [{ name: 'one primary of three killed', begin: ({ cluster }) => cluster.killOnePrimary(), end: () => {} }],
    async open(folder) {
      const cluster = await startRedisCluster(folder);
      return { cluster, store: redisStore({ cluster: cluster.addresses }), stop: () => cluster.stop() };
    },
  },
];
