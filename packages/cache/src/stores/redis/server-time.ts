import type { StoreTime } from '../../contracts/store.js';
import type { RedisConnection, Reply } from './connection.js';
import { toStoreError, unexpectedReply } from './redis-errors.js';
import { runScript, script } from './scripts/script.js';

/** KEYS: one that chooses the node. */
const timeOfNode = script("return redis.call('TIME')");

/**
 * The time of the primary; on a cluster of the one that serves `key`, the same for every process whatever order its
 * client knows the nodes in. It is asked by a script there, because TIME has no key by which a client could send it.
 */
export async function serverTime(connection: RedisConnection, key: string): Promise<StoreTime> {
  try {
    const reply = connection.isCluster
      ? await runScript(connection, timeOfNode, [key], [])
      : await connection.send(key, 'TIME', [], 'writes');
    return { time: millisIn(reply), error: 0 };
  } catch (error) {
    throw toStoreError(error);
  }
}

/** Seconds and microseconds. */
function millisIn(reply: Reply): number {
  const [seconds, micros] = Array.isArray(reply) ? reply.map(Number) : [];
  const millis = Number(seconds) * 1_000 + Number(micros) / 1_000;
  if (!Number.isFinite(millis)) throw unexpectedReply('TIME');
  return millis;
}
