import type { Retention } from '../../contracts/store.js';
import type { PrimaryNode, RedisConnection } from './connection.js';
import { toStoreError } from './redis-errors.js';

/** Of all servers together: one that evicts is enough. */
export async function retention(connection: RedisConnection): Promise<Retention> {
  try {
    // A client that connects by its first command knows no nodes before.
    if (connection.primaries().length === 0) await connection.send('', 'CLUSTER', ['MYID'], 'writes');
    const found = await Promise.all(connection.primaries().map(retentionOf));
    const worst = (['evicts', 'unknown', 'keeps'] as const).map((kind) => found.find((each) => each.kind === kind));
    return worst.find((each) => each !== undefined) ?? { kind: 'unknown' };
  } catch (error) {
    throw toStoreError(error);
  }
}

/** INFO and not CONFIG, which hosted servers do not have. */
async function retentionOf(node: PrimaryNode): Promise<Retention> {
  try {
    return retentionIn(String(await node.send('INFO', ['memory'])));
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('NOPERM')) return { kind: 'unknown' };
    throw error;
  }
}

/** Without `maxmemory` the policy does nothing. */
export function retentionIn(info: string): Retention {
  const field = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];
  const [limit, policy] = [field('maxmemory'), field('maxmemory_policy')];
  if (limit === undefined || policy === undefined) return { kind: 'unknown' };
  return { kind: limit === '0' || policy === 'noeviction' ? 'keeps' : 'evicts', policy };
}
