import type { RedisConnection } from './connection.js';
import type { PhysicalKeys } from './physical-keys.js';

export interface PageRequest {
  readonly cursor?: string;
  readonly limit: number;
}

/** What a listing needs. */
export interface ListedEntries {
  readonly connection: RedisConnection;
  readonly keys: PhysicalKeys;
}
