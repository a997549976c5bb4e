import { type ClusterScan, clusterScanStep, isClusterScan } from './cluster-scan.js';
import type { PrimaryNode, Reply } from './connection.js';
import type { ListedEntries } from './listed-entries.js';
import { unexpectedReply } from './redis-errors.js';

/** How far a scan has come: Redis' cursor, and on a cluster which part of it that is for. */
export type ScanPosition = string | ClusterScan;

export interface ScanStep {
  readonly keys: readonly string[];
  /** `null`: everything has been seen. */
  readonly next: ScanPosition | null;
}

/** Redis looks at about so many keys at a time, whether they match or not. */
const fewestLookedAt = 100;
const mostLookedAt = 1_000;

export const startOfScan: ScanPosition = '0';

export async function scanStep(
  entries: ListedEntries,
  prefix: string,
  position: ScanPosition,
  limit: number,
): Promise<ScanStep> {
  const count = Math.min(Math.max(limit, fewestLookedAt), mostLookedAt);
  const scan = (node: PrimaryNode, cursor: string) => scanNode(entries, node, prefix, cursor, count);
  if (entries.connection.isCluster) return clusterScanStep(entries, position, scan);
  const [node] = entries.connection.primaries();
  const { cursor, keys } = await scan(node as PrimaryNode, position as string);
  return { keys, next: cursor === '0' ? null : cursor };
}

async function scanNode({ keys }: ListedEntries, node: PrimaryNode, prefix: string, cursor: string, count: number) {
  const args = [cursor, 'MATCH', keys.pattern(prefix), 'COUNT', String(count)];
  const reply = await node.send('SCAN', args);
  const [next, found] = Array.isArray(reply) ? (reply as readonly Reply[]) : [];
  if (!Buffer.isBuffer(next) || !Array.isArray(found)) throw unexpectedReply('SCAN');
  const mine = found.map((name) => keys.userKey(String(name))).filter((key) => key?.startsWith(prefix));
  return { cursor: next.toString(), keys: mine as string[] };
}

export function isScanPosition(position: unknown): position is ScanPosition {
  return typeof position === 'string' ? /^\d{1,20}$/.test(position) : isClusterScan(position);
}
