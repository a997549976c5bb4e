import type { Eviction } from '../../contracts/store.js';
import type { RedisConnection } from './connection.js';
import { toStoreError, unexpectedReply } from './redis-errors.js';

/** What the primaries say of themselves; of several the first one that evicts, which is one too many. */
export async function evictionOf(connection: RedisConnection): Promise<Eviction> {
  try {
    // The client of a cluster knows no node before its first command.
    if (connection.primaries().length === 0) await connection.send('', 'INFO', ['memory'], 'writes');
    const each = await Promise.all(
      connection.primaries().map(async (node) => readMemoryInfo(String(await node.send('INFO', ['memory'])))),
    );
    const [first] = each;
    if (first === undefined) throw unexpectedReply('INFO');
    return each.find(({ evicts }) => evicts) ?? first;
  } catch (error) {
    throw toStoreError(error);
  }
}

/** A policy without a bound of memory has nothing to do. */
function readMemoryInfo(text: string): Eviction {
  const policy = /^maxmemory_policy:(\S+)/m.exec(text)?.[1];
  const bound = /^maxmemory:(\d+)/m.exec(text)?.[1];
  if (policy === undefined || bound === undefined) throw unexpectedReply('INFO');
  return { policy, evicts: policy !== 'noeviction' && bound !== '0' };
}
