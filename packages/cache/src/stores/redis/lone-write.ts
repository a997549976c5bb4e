import type { RedisConnection, Reply } from './connection.js';
import { endingsKey } from './physical-keys.js';
import { deadlineIn, hasTerms, headIn, isLive, isRecord, isToBeTold } from './record.js';
import { unexpectedReply } from './redis-errors.js';
import { answers, operations } from './scripts/apply-writes.js';
import { forgetRows } from './scripts/forget-rows.js';
import { runScript } from './scripts/script.js';
import type { WriteOperation } from './write-operation.js';

/** Beyond it the script is better: it does not send the replaced record, likely as large, to this process. */
const largestRecord = 4096;

/**
 * Whether one plain command does the same as a script. It takes Redis and this process about a third less time, which
 * counts where writes come one at a time, and on a cluster, where few share a bucket.
 */
export function isPlain({ letter, record }: WriteOperation): boolean {
  if (letter === operations.read) return true;
  if (letter !== operations.set || record === undefined || record.length > largestRecord) return false;
  return !hasTerms(record) && !isToBeTold(record);
}

/** Makes a write that {@link isPlain}, alone, and tells its writer. */
export async function sendPlain(
  connection: RedisConnection,
  { key, letter, record, now, writer, at }: WriteOperation,
  base: string,
): Promise<void> {
  if (letter === operations.read) {
    const found = textIn(await connection.send(key, 'GET', [key], 'writes'));
    writer.answered(at, found === undefined ? answers.notThere : answers.value, found);
    return;
  }
  const end = endInRedis(deadlineIn(record as Buffer));
  const args = [key, record as Buffer, ...(end === undefined ? [] : ['PXAT', end]), 'GET'];
  const replaced = textIn(await connection.send(key, 'SET', args, 'writes'));
  if (replaced !== undefined && isRecord(replaced)) {
    const willNotEnd = isToBeTold(replaced) && isLive(replaced, now);
    // Rows that tell of it are not believed any more, and now they go.
    if (hasTerms(replaced) || willNotEnd) {
      const keys = willNotEnd ? [key, endingsKey(base)] : [key];
      await runScript(connection, forgetRows, keys, [String(Buffer.byteLength(base)), headIn(replaced)]);
    }
  }
  writer.answered(at, isLive(replaced, now) ? answers.replaced : answers.created, undefined);
}

/** As in the script: ten seconds late, in whole seconds; never, for what never ends. */
function endInRedis(deadline: number): string | undefined {
  return deadline >= 9e15 ? undefined : String(Math.max(1, Math.ceil(deadline / 1000) * 1000 + 10_000));
}

function textIn(reply: Reply): Buffer | undefined {
  if (reply === null) return undefined;
  if (Buffer.isBuffer(reply)) return reply;
  throw unexpectedReply('SET and GET');
}
