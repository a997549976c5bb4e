import { createHash } from 'node:crypto';
import type { Argument, RedisConnection, Reply } from '../connection.js';

/** A Lua script that Redis runs as one step. */
export interface Script {
  readonly text: string;
  readonly digest: string;
}

export function script(text: string): Script {
  return { text, digest: createHash('sha1').update(text).digest('hex') };
}

/**
 * Runs a script by its digest, and by its text where the node does not know it: after a restart, a fail-over or a
 * SCRIPT FLUSH. `keys` share one hash tag.
 */
export async function runScript(
  connection: RedisConnection,
  { digest, text }: Script,
  keys: readonly string[],
  args: readonly Argument[],
): Promise<Reply> {
  const first = keys[0] as string;
  const rest = [String(keys.length), ...keys, ...args];
  try {
    return await connection.send(first, 'EVALSHA', [digest, ...rest], 'writes');
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
    return connection.send(first, 'EVAL', [text, ...rest], 'writes');
  }
}
