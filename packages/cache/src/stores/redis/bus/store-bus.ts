import type { RedisConnection } from '../connection.js';
import { PhysicalKeys } from '../physical-keys.js';
import { channelOf } from './channel.js';
import type { BusSettings } from './options.js';
import { type RedisBusTransport, redisTransport } from './transport.js';

export interface StoreBusParts {
  readonly prefix: string;
  readonly random: () => number;
  /** The store's own, which it closes itself. */
  readonly connection: () => Promise<RedisConnection>;
}

/** The bus of a store: publishes on the connection of its writes, so behind them. */
export function storeBus(
  { tracking, channel }: BusSettings,
  { prefix, random, connection }: StoreBusParts,
): RedisBusTransport {
  const keysOf = (isCluster: boolean) => new PhysicalKeys(prefix, isCluster);
  const anyKeys = keysOf(false);
  return redisTransport({
    connect: async () => ({ connection: await connection(), release: async () => {} }),
    channelOn: ({ database }) => channel ?? channelOf(prefix, database),
    tracking: tracking
      ? {
          beginningOn: ({ isCluster }) => keysOf(isCluster).beginning,
          keyIn: (physical) => anyKeys.userKey(physical),
        }
      : undefined,
    random,
  });
}
