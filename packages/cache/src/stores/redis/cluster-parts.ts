import type { PrimaryNode, RedisConnection } from './connection.js';
import { slotOfBucket } from './hash-tags.js';

/** A primary of a cluster and which buckets it has. */
export interface ClusterPart {
  readonly id: string;
  readonly node: PrimaryNode;
  readonly held: ReadonlySet<number>;
  /** Those of which it is giving nothing away. */
  readonly settled: ReadonlySet<number>;
}

/** Asked of the nodes themselves: what the client knows may be old, and its addresses may be those of a proxy. */
export async function clusterParts(connection: RedisConnection, buckets: number): Promise<ClusterPart[]> {
  // A client that connects by its first command knows no nodes before.
  if (connection.primaries().length === 0) await connection.send('', 'CLUSTER', ['MYID'], 'writes');
  const asked = connection
    .primaries()
    .map(async (node) => partIn(String(await node.send('CLUSTER', ['NODES'])), node, buckets));
  const parts = await Promise.allSettled(asked);
  return parts.flatMap((part) => (part.status === 'fulfilled' && part.value !== undefined ? [part.value] : []));
}

/** The line of the node itself: id, address, flags, primary, times, state, then slots: `5`, `7-9`, `[12->-<id>]`. */
function partIn(nodes: string, node: PrimaryNode, buckets: number): ClusterPart | undefined {
  const line = nodes.split('\n').find((each) => / [\w,]*myself[\w,]* /.test(each));
  const [id, , flags, , , , , , ...slots] = line?.split(' ') ?? [];
  if (id === undefined || !flags?.includes('master')) return undefined;
  const ranges = slots.filter((slot) => /^\d/.test(slot)).map((range) => range.split('-').map(Number));
  const leaving = new Set(slots.flatMap((slot) => /^\[(\d+)->-/.exec(slot)?.[1] ?? []).map(Number));
  const held = new Set<number>();
  for (let bucket = 0; bucket < buckets; bucket++) {
    const slot = slotOfBucket(bucket);
    if (ranges.some(([from = -1, to = from]) => from <= slot && slot <= to)) held.add(bucket);
  }
  const settled = new Set([...held].filter((bucket) => !leaving.has(slotOfBucket(bucket))));
  return { id, node, held, settled };
}
