import { ignoreError, isNodeRedisCluster, type NodeRedisClient, type NodeRedisCluster } from './client-shape.js';
import type { RedisConnection, Reply } from './connection.js';

/** Blob strings ('$' in the protocol) as Buffers. */
const asBuffers = { typeMapping: { 36: Buffer } };

/** The client was given, so its owner closes it. */
export function nodeRedisConnection(client: NodeRedisClient | NodeRedisCluster): RedisConnection {
  client.on('error', ignoreError);
  const close = async () => void client.off('error', ignoreError);
  if (isNodeRedisCluster(client)) return { ...clusterOf(client), close };
  return {
    isCluster: false,
    send: (_key, command, args) => client.sendCommand([command, ...args], asBuffers) as Promise<Reply>,
    primaries: () => [nodeOf(client)],
    close,
  };
}

function clusterOf(client: NodeRedisCluster): Omit<RedisConnection, 'close'> {
  return {
    isCluster: true,
    send(key, command, args, access) {
      return client.sendCommand(key, access === 'reads', [command, ...args], asBuffers) as Promise<Reply>;
    },
    primaries() {
      return client.masters.map((master) => ({
        async send(command, args) {
          return nodeOf(await client.nodeClient(master as never)).send(command, args);
        },
      }));
    },
  };
}

function nodeOf(client: NodeRedisClient) {
  return {
    send: (command: string, args: (string | Buffer)[]) =>
      client.sendCommand([command, ...args], asBuffers) as Promise<Reply>,
  };
}
