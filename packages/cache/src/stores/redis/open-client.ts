import type { ConnectionOptions } from 'node:tls';
import { ClientMissingError } from '../../errors.js';
import type { RedisConnection } from './connection.js';
import { ioredisConnection } from './ioredis.js';
import { longestPauseMillis, pauseBefore } from './pause-before.js';
import { storeName } from './redis-errors.js';

export interface Address {
  readonly host: string;
  /** 6379 unless given; 26379 of a Sentinel. */
  readonly port?: number;
}

export interface Credentials {
  /** The ACL user; `default` without it. */
  readonly username?: string;
  readonly password?: string;
}

/** Where Redis is, for a client of the store's own. */
export interface ServerOptions extends Credentials {
  readonly url?: string;
  readonly cluster?: readonly Address[];
  readonly sentinel?: Credentials & { readonly name: string; readonly sentinels: readonly Address[] };
  readonly db?: number;
  readonly tls?: ConnectionOptions | true;
  readonly readFrom: 'primary' | 'replica';
}

const connectMillis = 5_000;
/** A server that has said nothing for so long, though it was asked, is taken for dead: connect anew. */
const silentMillis = 10_000;
/**
 * What every connection is told. Nothing is sent twice by itself, and what waits for a connection fails when the next
 * attempt to connect does: the callers above have deadlines and decide whether to ask again.
 */
const patience = {
  connectTimeout: connectMillis,
  socketTimeout: silentMillis,
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
  maxLoadingRetryTime: longestPauseMillis,
  retryStrategy: (attempt: number) => pauseBefore(attempt),
  // A primary that has become a replica refuses writes: look for the new one.
  reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
};

export async function openClient(options: ServerOptions): Promise<RedisConnection> {
  const { Cluster, Redis } = await loadClient();
  const { username, password, db, readFrom } = options;
  const connection = {
    ...patience,
    lazyConnect: true,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(db === undefined ? {} : { db }),
    ...(options.tls === undefined ? {} : { tls: options.tls === true ? {} : options.tls }),
  };
  if (options.cluster !== undefined) {
    const cluster = new Cluster([...options.cluster], {
      redisOptions: connection,
      scaleReads: readFrom === 'replica' ? 'slave' : 'master',
      clusterRetryStrategy: patience.retryStrategy,
      lazyConnect: true,
    });
    return ioredisConnection(cluster, { close: () => cluster.disconnect() });
  }
  if (options.sentinel === undefined) {
    const client = new Redis(options.url as string, connection);
    return ioredisConnection(client, { close: () => client.disconnect() });
  }
  const watched = { ...connection, ...sentinelOptions(options.sentinel) };
  const primary = new Redis({ ...watched, role: 'master' });
  if (readFrom === 'primary') return ioredisConnection(primary, { close: () => primary.disconnect() });
  const replica = new Redis({ ...watched, role: 'slave' });
  return ioredisConnection(primary, {
    reads: replica,
    close() {
      primary.disconnect();
      replica.disconnect();
    },
  });
}

function sentinelOptions({ name, sentinels, username, password }: NonNullable<ServerOptions['sentinel']>) {
  return {
    name,
    sentinels: sentinels.map(({ host, port }) => ({ host, port: port ?? 26_379 })),
    ...(username === undefined ? {} : { sentinelUsername: username }),
    ...(password === undefined ? {} : { sentinelPassword: password }),
    sentinelRetryStrategy: patience.retryStrategy,
    failoverDetector: true,
  };
}

async function loadClient(): Promise<Pick<typeof import('ioredis'), 'Cluster' | 'Redis'>> {
  try {
    return await import('ioredis');
  } catch (error) {
    throw new ClientMissingError(storeName, 'ioredis', error);
  }
}
