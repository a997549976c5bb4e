import { ioredisSubscriber } from './bus/ioredis-subscriber.js';
import { type IoredisClient, type IoredisCluster, isIoredisCluster } from './client-shape.js';
import type { Argument, PrimaryNode, RedisConnection, Reply } from './connection.js';
import { writeTogether } from './write-together.js';

/** What comes with a client of the store's own. */
interface Owned {
  /** Another client, for what only reads. */
  readonly reads?: IoredisClient;
  close(): void;
}

/** Without `owned` the client was given, and stays open. */
export function ioredisConnection(client: IoredisClient | IoredisCluster, owned?: Owned): RedisConnection {
  const writes = sender(client);
  const reads = owned?.reads === undefined ? writes : sender(owned.reads);
  return {
    isCluster: isIoredisCluster(client),
    database: isIoredisCluster(client) ? 0 : (client.options.db ?? 0),
    send: (_key, command, args, access) => (access === 'reads' ? reads : writes).send(command, args),
    primaries() {
      if (isIoredisCluster(client)) return client.nodes('master').map(nodeOf);
      return [{ send: writes.send, listen: async (end) => ioredisSubscriber(client, end) }];
    },
    async close() {
      // Of the store's own client the last errors come after it was told to disconnect.
      if (owned === undefined) writes.forget();
      else owned.close();
    },
  };
}

function nodeOf(node: IoredisClient): PrimaryNode {
  return {
    send: (command, args) => ask(node, command, args),
    listen: async (end) => ioredisSubscriber(node, end),
  };
}

/** In lower case, because ioredis' cluster knows only so which commands a replica can answer. */
function ask(client: Pick<IoredisClient, 'callBuffer'>, command: string, args: Argument[]): Promise<Reply> {
  return client.callBuffer(command.toLowerCase(), args) as Promise<Reply>;
}

/**
 * ioredis tells a call only that it gave up, and why by an event: the last reason goes with the error. Without a
 * listener that event would be printed.
 */
function sender(client: Pick<IoredisClient, 'callBuffer' | 'on' | 'off' | 'stream'>) {
  const joinWrites = writeTogether(client);
  let reason: unknown;
  const note = (error: unknown) => {
    reason = error;
  };
  const forgetReason = () => {
    reason = undefined;
  };
  client.on('error', note);
  client.on('ready', forgetReason);
  return {
    send(command: string, args: Argument[]): Promise<Reply> {
      joinWrites();
      return ask(client, command, args).catch((error) => {
        throw isWithoutReason(error) && reason !== undefined ? withReason(error, reason) : error;
      });
    },
    forget() {
      client.off('error', note);
      client.off('ready', forgetReason);
    },
  };
}

function isWithoutReason(error: unknown): error is Error {
  return error instanceof Error && /max retries per request|Connection is closed/i.test(error.message);
}

function withReason(error: Error, reason: unknown): AggregateError {
  return new AggregateError([reason], error.message, { cause: error });
}
