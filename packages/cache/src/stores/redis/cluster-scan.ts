import { StoreError } from '../../errors.js';
import { type ClusterPart, clusterParts } from './cluster-parts.js';
import type { PrimaryNode } from './connection.js';
import type { ListedEntries } from './listed-entries.js';
import { storeName } from './redis-errors.js';

/** How far a scan of a cluster has come. */
export interface ClusterScan {
  /** The id of the node that is being scanned, and its cursor. */
  readonly node: string;
  readonly cursor: string;
  /** The buckets that it held when its scan began. */
  readonly held: readonly number[];
  /** The buckets that were seen from end to end. */
  readonly seen: readonly number[];
}

type ScanNode = (
  node: PrimaryNode,
  cursor: string,
) => Promise<{ readonly cursor: string; readonly keys: readonly string[] }>;

/**
 * Node after node. A bucket counts as seen if one node held it, and was giving none of it away, from the beginning of
 * its scan to the end: what moved meanwhile is looked for again where it has gone. So a key that lives through the scan
 * is listed, whatever fails over or moves; it may be listed twice.
 */
export async function clusterScanStep(
  { connection, keys }: ListedEntries,
  position: string | ClusterScan,
  scan: ScanNode,
) {
  const parts = await clusterParts(connection, keys.bases.length);
  const started = typeof position === 'string' ? begin(parts, [], keys.bases.length) : position;
  const part = parts.find(({ id }) => id === started.node);
  // Failed over, or removed: whoever has its buckets now is scanned from the start.
  if (part === undefined) return { keys: [], next: begin(parts, started.seen, keys.bases.length) };
  const { cursor, keys: found } = await scan(part.node, started.cursor);
  if (cursor !== '0') return { keys: found, next: { ...started, cursor } };
  const after = (await clusterParts(connection, keys.bases.length)).find(({ id }) => id === part.id);
  const stayed = started.held.filter((bucket) => after?.settled.has(bucket));
  const seen = [...new Set([...started.seen, ...stayed])];
  const isOver = seen.length === keys.bases.length;
  return { keys: found, next: isOver ? null : begin(parts, seen, keys.bases.length) };
}

/** The next node that holds a bucket which was not seen yet. */
function begin(parts: readonly ClusterPart[], seen: readonly number[], buckets: number): ClusterScan {
  const isSeen = new Set(seen);
  const part = parts.find(({ held }) => [...held].some((bucket) => !isSeen.has(bucket)));
  if (part !== undefined) return { node: part.id, cursor: '0', held: [...part.held], seen };
  throw new StoreError(
    storeName,
    `The Redis Cluster does not serve all its slots at the moment: ${buckets - seen.length} of ${buckets} parts of the listing are out of reach.`,
  );
}

export function isClusterScan(position: unknown): position is ClusterScan {
  if (typeof position !== 'object' || position === null) return false;
  const { node, cursor, held, seen } = position as Record<string, unknown>;
  return (
    typeof node === 'string' &&
    typeof cursor === 'string' &&
    /^\d{1,20}$/.test(cursor) &&
    [held, seen].every(areBuckets)
  );
}

function areBuckets(buckets: unknown): boolean {
  return Array.isArray(buckets) && buckets.length <= 256 && buckets.every((bucket) => Number.isSafeInteger(bucket));
}
