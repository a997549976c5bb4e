import { StoreError } from '../../../errors.js';
import { type ClusterPart, clusterParts } from '../cluster-parts.js';
import type { PrimaryNode, RedisConnection } from '../connection.js';
import { bucketsOfCluster } from '../hash-tags.js';
import { storeName } from '../redis-errors.js';
import { bucketOfChannel, channelInBucket } from './channel.js';

/** A node that has to be listened to. */
export interface Place {
  /** What tells nodes of a cluster apart. */
  readonly id: string;
  readonly node: PrimaryNode;
  /** Messages of the channel arrive there. */
  readonly carriesFrames: boolean;
}

/**
 * Where to listen: where the channel is, and to be told of the writes of others, wherever entries are.
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
  const home = bucketOfChannel(channel);
  const parts = await clusterParts(connection, bucketsOfCluster);
  const missing = bucketWithoutNode(parts, tracking ? allBuckets : [home]);
  if (missing !== undefined) {
    await lookForNode(connection, channelInBucket(channel, missing));
    throw new StoreError(storeName, 'The Redis Cluster does not serve all its slots at the moment.');
  }
  return parts
    .map(({ id, node, held }) => ({ id, node, held, carriesFrames: held.has(home) }))
    .filter(({ carriesFrames, held }) => carriesFrames || (tracking && held.size > 0));
}

const allBuckets = Array.from({ length: bucketsOfCluster }, (_, bucket) => bucket);

function bucketWithoutNode(parts: readonly ClusterPart[], buckets: readonly number[]): number | undefined {
  return buckets.find((bucket) => !parts.some(({ held }) => held.has(bucket)));
}

/**
 * A client learns that a slot has another node when it sends it something: without a write of somebody's it would
 * never ask the new one. Nobody listens to this channel.
 */
async function lookForNode(connection: RedisConnection, channel: string): Promise<void> {
  const unheard = `${channel}?`;
  await connection.send(unheard, 'SPUBLISH', [unheard, ''], 'writes').catch(() => {});
}

export function areSamePlaces(one: readonly Place[], other: readonly Place[]): boolean {
  if (one.length !== other.length) return false;
  const known = new Map(one.map(({ id, carriesFrames }) => [id, carriesFrames]));
  return other.every(({ id, carriesFrames }) => known.get(id) === carriesFrames);
}
