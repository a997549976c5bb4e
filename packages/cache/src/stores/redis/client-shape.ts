/* What is used of a client: packages are never imported for their types. */

/** What a `Redis` and a `Cluster` of ioredis have in common. */
interface IoredisCommander {
  /** The socket, where there is one. */
  readonly stream?: unknown;
  callBuffer(command: string, ...args: unknown[]): Promise<unknown>;
  on(event: 'error' | 'ready', listener: (error?: unknown) => void): unknown;
  off(event: 'error' | 'ready', listener: (error?: unknown) => void): unknown;
  disconnect(): void;
}

/** A `Redis` of ioredis 5 or later, also one that asks Sentinels. */
export interface IoredisClient extends IoredisCommander {
  readonly options: { readonly keyPrefix?: string | undefined; readonly db?: number | undefined };
  duplicate(override: IoredisSubscriberOptions): IoredisSubscriber;
}

/** A `Cluster` of ioredis 5 or later. */
export interface IoredisCluster extends IoredisCommander {
  readonly options: { readonly keyPrefix?: string | undefined };
  readonly isCluster: boolean;
  nodes(role: 'master'): IoredisClient[];
}

/** A connection of ioredis that is opened for messages. */
export interface IoredisSubscriber {
  callBuffer(command: string, ...args: unknown[]): Promise<unknown>;
  on(event: 'messageBuffer' | 'smessageBuffer', listener: (channel: Buffer, message: unknown) => void): unknown;
  on(event: 'error' | 'end' | 'moved', listener: (error?: unknown) => void): unknown;
  disconnect(): void;
}

/** What of the options of its model such a connection has otherwise. */
export interface IoredisSubscriberOptions {
  readonly protocol: 2;
  readonly replyMapping: 'legacy';
  readonly lazyConnect: true;
  readonly enableOfflineQueue: true;
  readonly autoResubscribe: false;
  readonly autoResendUnfulfilledCommands: false;
  readonly enableAutoPipelining: false;
  readonly connectTimeout: number;
  readonly disconnectTimeout: number;
  readonly maxRetriesPerRequest: number;
  readonly retryStrategy: () => null;
  readonly reconnectOnError: null;
  readonly sentinelRetryStrategy: () => null;
}

/** What of a command's options node-redis needs so that it answers with bytes. */
export interface NodeRedisCommandOptions {
  readonly typeMapping: Readonly<Record<number, unknown>>;
}

/** What `createClient` of redis 5 or later gives. */
export interface NodeRedisClient {
  readonly isOpen: boolean;
  readonly options?: { readonly database?: number | undefined; readonly socket?: object | undefined } | undefined;
  sendCommand(args: readonly (string | Buffer)[], options: NodeRedisCommandOptions): Promise<unknown>;
  on(event: 'error', listener: (error: unknown) => void): unknown;
  off(event: 'error', listener: (error: unknown) => void): unknown;
  /** A {@link NodeRedisSubscriber}: the types of the package are too generic to be compared. */
  duplicate(overrides: never): unknown;
}

/** A connection of node-redis that is opened for messages. */
export interface NodeRedisSubscriber {
  connect(): Promise<unknown>;
  sendCommand(args: readonly (string | Buffer)[], options: NodeRedisCommandOptions): Promise<unknown>;
  subscribe(channel: string, listener: (message: never) => void, bufferMode: true): Promise<void>;
  sSubscribe(channel: string, listener: (message: never) => void, bufferMode: true): Promise<void>;
  on(event: 'error' | 'end' | 'sharded-channel-moved', listener: (error?: unknown) => void): unknown;
  destroy(): void;
}

/** What `createCluster` of redis 5 or later gives. */
export interface NodeRedisCluster {
  readonly isOpen: boolean;
  readonly masters: readonly unknown[];
  nodeClient(node: never): NodeRedisClient | Promise<NodeRedisClient>;
  sendCommand(
    firstKey: string | undefined,
    isReadonly: boolean,
    args: readonly (string | Buffer)[],
    options: NodeRedisCommandOptions,
  ): Promise<unknown>;
  on(event: 'error', listener: (error: unknown) => void): unknown;
  off(event: 'error', listener: (error: unknown) => void): unknown;
}

export type RedisClient = IoredisClient | IoredisCluster | NodeRedisClient | NodeRedisCluster;

export function isIoredis(client: RedisClient): client is IoredisClient | IoredisCluster {
  return 'callBuffer' in client && typeof client.callBuffer === 'function';
}

export function isIoredisCluster(client: IoredisClient | IoredisCluster): client is IoredisCluster {
  return 'isCluster' in client && client.isCluster === true;
}

export function isNodeRedisCluster(client: NodeRedisClient | NodeRedisCluster): client is NodeRedisCluster {
  return 'masters' in client && 'nodeClient' in client;
}

/** Whether anything of it could be a client at all. */
export function isClient(client: unknown): client is RedisClient {
  if (typeof client !== 'object' || client === null) return false;
  const method = (name: string) => typeof (client as Record<string, unknown>)[name] === 'function';
  return method('callBuffer') || (method('sendCommand') && (method('nodeClient') || 'isOpen' in client));
}

/** A listener without which an `error` event would end the process. What failed is told by the calls that failed. */
export function ignoreError(): void {}
