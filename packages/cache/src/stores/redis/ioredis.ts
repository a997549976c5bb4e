import { type IoredisClient, ignoreError, isIoredisCluster } from './client-shape.js';
import type { RedisConnection, Reply } from './connection.js';

/** `close` is what ends a client that the store has opened; one that was given stays open. */
export function ioredisConnection(client: IoredisClient, close?: () => Promise<void>): RedisConnection {
  client.on('error', ignoreError);
  return {
    isCluster: isIoredisCluster(client),
    send: (_key, command, args) => client.callBuffer(command, args) as Promise<Reply>,
    primaries() {
      const nodes = isIoredisCluster(client) ? client.nodes('master') : [client];
      return nodes.map((node) => ({ send: (command, args) => node.callBuffer(command, args) as Promise<Reply> }));
    },
    async close() {
      await close?.();
      client.off('error', ignoreError);
    },
  };
}
