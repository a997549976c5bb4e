import { InvalidOptionError } from '../../errors.js';
import { type BusSettings, type RedisBusOptions, resolveBus } from './bus/options.js';
import { isClient, isIoredis, type RedisClient } from './client-shape.js';
import type { RedisConnection } from './connection.js';
import { ioredisConnection } from './ioredis.js';
import { nodeRedisConnection } from './node-redis.js';
import { openClient, type ServerOptions } from './open-client.js';
import { checkPrefix } from './physical-keys.js';

/** Where Redis is: exactly one of `url`, `client`, `cluster` and `sentinel`. */
export interface RedisServerOptions extends Omit<ServerOptions, 'readFrom'> {
  /** A client of ioredis or redis (node-redis), as it is: it is never closed, and its own options hold. */
  readonly client?: RedisClient;
  /** Where entries are read: on a `replica` they may be older than what was written last. `'primary'` unless given. */
  readonly readFrom?: 'primary' | 'replica';
  /** Chooses pauses between attempts; `Math.random` unless given. */
  readonly random?: () => number;
}

export interface RedisStoreOptions extends RedisServerOptions {
  /** What all keys of this store begin with. `'larder'` unless given; no braces. */
  readonly prefix?: string;
  /** How other processes that use this Redis hear of writes; `'pubsub'` unless given. */
  readonly bus?: RedisBusOptions;
}

export interface ResolvedOptions {
  readonly prefix: string;
  readonly random: () => number;
  readonly connect: () => Promise<RedisConnection>;
  readonly bus: BusSettings | undefined;
}

const ways = ['url', 'client', 'cluster', 'sentinel'] as const;

/** @throws InvalidOptionError that says what to write instead */
export function resolveOptions(options: RedisStoreOptions): ResolvedOptions {
  const { prefix = 'larder', random = Math.random } = options;
  const connect = resolveConnection('redisStore', options);
  checkPrefix(prefix);
  return { prefix, random, connect, bus: resolveBus(options.bus) };
}

/** @throws InvalidOptionError that says what to write instead */
export function resolveConnection(asker: string, options: RedisServerOptions): () => Promise<RedisConnection> {
  const { client } = options;
  const given = ways.filter((way) => options[way] !== undefined);
  if (given.length !== 1) {
    throw new InvalidOptionError(
      `${asker}: give exactly one of url, client, cluster and sentinel, such as { url: 'redis://localhost:6379' }; ${given.length === 0 ? 'there is none' : `there are ${given.join(' and ')}`}.`,
    );
  }
  checkReadFrom(options);
  if (client !== undefined) {
    checkClient(client);
    return async () => connectionOf(client);
  }
  checkServer(options);
  const server = { ...options, readFrom: options.readFrom ?? 'primary' };
  return () => openClient(server);
}

function connectionOf(client: RedisClient): RedisConnection {
  return isIoredis(client) ? ioredisConnection(client) : nodeRedisConnection(client);
}

function checkReadFrom({ readFrom, cluster, sentinel, client }: RedisServerOptions): void {
  if (readFrom === undefined || readFrom === 'primary') return;
  if (readFrom !== 'replica') {
    throw new InvalidOptionError(
      `redisStore: readFrom must be 'primary' or 'replica', not ${JSON.stringify(readFrom)}.`,
    );
  }
  if (cluster !== undefined || sentinel !== undefined) return;
  throw new InvalidOptionError(
    client === undefined
      ? "redisStore: readFrom: 'replica' needs `cluster` or `sentinel`, which tell where the replicas are."
      : "redisStore: readFrom: 'replica' is for connections of the store's own. Give the client scaleReads: 'slave' (ioredis) or useReplicas: true (redis).",
  );
}

function checkClient(client: unknown): void {
  if (!isClient(client)) {
    throw new InvalidOptionError('redisStore: client must be a client of the package ioredis or redis.');
  }
  if (isIoredis(client) && client.options.keyPrefix) {
    throw new InvalidOptionError(
      'redisStore: the client has a keyPrefix, which SCAN would not know. Give the store `prefix` instead.',
    );
  }
}

function checkServer({ url, cluster, sentinel, db }: RedisServerOptions): void {
  if (url !== undefined && !isRedisUrl(url)) {
    throw new InvalidOptionError(
      "redisStore: url must begin with redis:// or rediss://, such as 'redis://user:password@localhost:6379/0'.",
    );
  }
  if (cluster !== undefined && !isAddresses(cluster)) {
    throw new InvalidOptionError(
      "redisStore: cluster must be a list of nodes, such as [{ host: 'redis-1', port: 6379 }].",
    );
  }
  if (sentinel !== undefined && (typeof sentinel.name !== 'string' || !isAddresses(sentinel.sentinels))) {
    throw new InvalidOptionError(
      "redisStore: sentinel must say which primary, and where the Sentinels are: { name: 'main', sentinels: [{ host: 'redis-1' }] }.",
    );
  }
  if (db !== undefined && (cluster !== undefined ? db !== 0 : !Number.isSafeInteger(db) || db < 0)) {
    throw new InvalidOptionError('redisStore: db must be the number of a database, and a cluster has only 0.');
  }
}

function isRedisUrl(url: unknown): boolean {
  return typeof url === 'string' && /^rediss?:\/\//.test(url) && URL.canParse(url);
}

function isAddresses(nodes: unknown): boolean {
  return Array.isArray(nodes) && nodes.length > 0 && nodes.every((node) => typeof node?.host === 'string');
}
