/* What is used of a client: packages are never imported for their types. */

/** A `Redis` of ioredis 5 or later, also one that asks Sentinels. */
export interface IoredisClient {
  readonly options: { readonly keyPrefix?: string | undefined };
  callBuffer(command: string, ...args: unknown[]): Promise<unknown>;
  on(event: 'error' | 'ready', listener: (error?: unknown) => void): unknown;
  off(event: 'error' | 'ready', listener: (error?: unknown) => void): unknown;
  disconnect(): void;
}

/** A `Cluster` of ioredis 5 or later. */
export interface IoredisCluster extends IoredisClient {
  readonly isCluster: true;
  nodes(role: 'master'): IoredisClient[];
}

/** What of a command's options node-redis needs so that it answers with bytes. */
export interface NodeRedisCommandOptions {
  readonly typeMapping: Readonly<Record<number, unknown>>;
}

/** What `createClient` of redis 5 or later gives. */
export interface NodeRedisClient {
  readonly isOpen: boolean;
  sendCommand(args: readonly (string | Buffer)[], options: NodeRedisCommandOptions): Promise<unknown>;
  on(event: 'error', listener: (error: unknown) => void): unknown;
  off(event: 'error', listener: (error: unknown) => void): unknown;
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

export function isIoredisCluster(client: IoredisClient): client is IoredisCluster {
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
