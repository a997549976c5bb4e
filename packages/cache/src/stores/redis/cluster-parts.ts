import type { PrimaryNode, RedisConnection } from './connection.js';
import { slotOfBucket } from './hash-tags.js';

/** A primary of a cluster and which buckets it has. */
export interface ClusterPart {
  readonly id: string;
  readonly node: PrimaryNode;
  holds(slot: number): boolean;
  readonly held: ReadonlySet<number>;
  /** Those of which it is giving nothing away. */
  readonly settled: ReadonlySet<number>;
}

/** Asked of the nodes themselves: what the client knows may be old, and its addresses may be those of a proxy. */
export async function clusterParts(connection: RedisConnection, buckets: number): Promise<ClusterPart[]> {
  const asked = connection
    .primaries()
    .map(async (node) => partIn(String(await node.send('CLUSTER', ['NODES'])), node, buckets));
  const parts = await Promise.allSettled(asked);
  return parts.flatMap((part) => (part.status === 'fulfilled' && part.value !== undefined ? [part.value] : []));
}

function partIn(nodes: string, node: PrimaryNode, buckets: number): ClusterPart | undefined {
  const own = ownStanding(nodes);
  if (own === undefined) return undefined;
  const all = Array.from({ length: buckets }, (_, bucket) => bucket);
  const held = all.filter((bucket) => own.holds(slotOfBucket(bucket)));
  const settled = held.filter((bucket) => !own.isLeaving(slotOfBucket(bucket)));
  return { id: own.id, node, holds: own.holds, held: new Set(held), settled: new Set(settled) };
}

/**
 * What a primary says of itself in CLUSTER NODES, in its own line: id, address, flags, primary, times, state, then slots:
 * `5`, `7-9`, `[12->-<id>]`. Nothing of a node that is no primary.
 */
function ownStanding(nodes: string) {
  const line = nodes.split('\n').find((each) => / [\w,]*myself[\w,]* /.test(each));
  const [id, , flags, , , , , , ...slots] = line?.split(' ') ?? [];
  if (id === undefined || !flags?.includes('master')) return undefined;
  const ranges = slots.filter((slot) => /^\d/.test(slot)).map((range) => range.split('-').map(Number));
  const leaving = new Set(slots.flatMap((slot) => /^\[(\d+)->-/.exec(slot)?.[1] ?? []).map(Number));
  return {
    id,
    holds: (slot: number) => ranges.some(([from = -1, to = from]) => from <= slot && slot <= to),
    isLeaving: (slot: number) => leaving.has(slot),
  };
}
