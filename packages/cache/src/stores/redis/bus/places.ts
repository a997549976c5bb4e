import { StoreError } from '../../../errors.js';
import { clusterParts } from '../cluster-parts.js';
import type { PrimaryNode, RedisConnection } from '../connection.js';
import { bucketsOfCluster, slotOfName } from '../hash-tags.js';
import { storeName } from '../redis-errors.js';

/** A node that has to be listened to. */
export interface Place {
  /** What tells nodes of a cluster apart. */
  readonly id: string;
  readonly node: PrimaryNode;
  /** Messages of the channel arrive there. */
  readonly carriesFrames: boolean;
}

/**
 * Where to listen: where the channel's slot is, and to be told of the writes of others, wherever entries are.
 *
 * @throws StoreError if a part of the cluster is served by nobody
 */
export async function placesToListen(
  connection: RedisConnection,
  { channel, tracking }: { readonly channel: string; readonly tracking: boolean },
): Promise<Place[]> {
  if (!connection.isCluster) {
    return connection.primaries().map((node) => ({ id: '', node, carriesFrames: true }));
  }
  const slot = slotOfName(channel);
  const places: Place[] = [];
  let buckets = 0;
  for (const { id, node, holds, held } of await clusterParts(connection, tracking ? bucketsOfCluster : 0)) {
    buckets += held.size;
    const carriesFrames = holds(slot);
    if (carriesFrames || held.size > 0) places.push({ id, node, carriesFrames });
  }
  if (places.some(({ carriesFrames }) => carriesFrames) && (!tracking || buckets >= bucketsOfCluster)) return places;
  throw new StoreError(storeName, 'The Redis Cluster does not serve all its slots at the moment.');
}

export function areSamePlaces(one: readonly Place[], other: readonly Place[]): boolean {
  if (one.length !== other.length) return false;
  const known = new Map(one.map(({ id, carriesFrames }) => [id, carriesFrames]));
  return other.every(({ id, carriesFrames }) => known.get(id) === carriesFrames);
}
