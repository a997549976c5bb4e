import { nodeRedisSubscriber } from './bus/node-redis-subscriber.js';
import { ignoreError, isNodeRedisCluster, type NodeRedisClient, type NodeRedisCluster } from './client-shape.js';
import type { PrimaryNode, RedisConnection, Reply } from './connection.js';

/** Blob strings ('$' in the protocol) as Buffers. */
const asBuffers = { typeMapping: { 36: Buffer } };

/**
 * Redis answers TRYAGAIN, and has done nothing, when some keys of a command have moved to another node already and some
 * have not. ioredis asks again; node-redis follows MOVED and ASK alone.
 */
const isTryAgain = (error: unknown) => error instanceof Error && error.message.startsWith('TRYAGAIN');
const mostAttempts = 100;
const pauseMillis = 20;

/** The client was given, so its owner closes it. */
export function nodeRedisConnection(client: NodeRedisClient | NodeRedisCluster): RedisConnection {
  client.on('error', ignoreError);
  const close = async () => void client.off('error', ignoreError);
  if (isNodeRedisCluster(client)) return { ...clusterOf(client), close };
  return {
    isCluster: false,
    database: client.options?.database ?? 0,
    send: (_key, command, args) => client.sendCommand([command, ...args], asBuffers) as Promise<Reply>,
    primaries: () => [nodeOf(client)],
    close,
  };
}

function clusterOf(client: NodeRedisCluster): Omit<RedisConnection, 'close'> {
  return {
    isCluster: true,
    database: 0,
    async send(key, command, args, access) {
      for (let attempt = 1; ; attempt++) {
        try {
          return (await client.sendCommand(key, access === 'reads', [command, ...args], asBuffers)) as Reply;
        } catch (error) {
          if (attempt === mostAttempts || !isTryAgain(error)) throw error;
          await new Promise((resolve) => setTimeout(resolve, pauseMillis).unref());
        }
      }
    },
    primaries() {
      return client.masters.map((master) => ({
        async send(command, args) {
          return nodeOf(await client.nodeClient(master as never)).send(command, args);
        },
        async listen(end) {
          return nodeRedisSubscriber(await client.nodeClient(master as never), end);
        },
      }));
    },
  };
}

function nodeOf(client: NodeRedisClient): PrimaryNode {
  return {
    send: (command, args) => client.sendCommand([command, ...args], asBuffers) as Promise<Reply>,
    listen: (end) => nodeRedisSubscriber(client, end),
  };
}
