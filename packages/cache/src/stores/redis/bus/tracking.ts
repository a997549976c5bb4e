import { StoreError } from '../../../errors.js';
import type { PrimaryNode, Reply, Subscriber } from '../connection.js';
import { storeName, unexpectedReply } from '../redis-errors.js';

/** Where Redis says what was written, to connections that speak RESP2. */
const invalidations = '__redis__:invalidate';

export interface Tracking {
  /** Rejects, or answers false, once Redis does not tell of writes any more. */
  isOn(): Promise<boolean>;
}

/**
 * Has Redis tell `subscriber` of all writes of keys that begin with `beginning`; `null` stands for all keys.
 *
 * A connection of the store's own is told to leave out its own writes (NOLOOP). That has to be asked for on the very
 * connection that writes, which for a given client is its owner's business: there the subscriber asks for itself, and
 * own writes come back.
 */
export async function trackWrites(
  subscriber: Subscriber,
  { node, isOurs, beginning }: { readonly node: PrimaryNode; readonly isOurs: boolean; readonly beginning: string },
  heard: (keys: readonly Buffer[] | null) => void,
): Promise<Tracking> {
  const id = String(await subscriber.send('CLIENT', ['ID']));
  const runId = isOurs ? await runIdOf(subscriber) : undefined;
  const on = ['TRACKING', 'ON', 'REDIRECT', id, 'BCAST', 'PREFIX', beginning];
  if (!isOurs) await subscriber.send('CLIENT', on);
  await subscriber.subscribe(invalidations, 'SUBSCRIBE', (message) => heard(keysIn(message)));
  if (!isOurs) return { isOn: async () => true };

  // Behind Sentinels the writing connection can still be at the old primary, where the id is somebody else's.
  if ((await runIdOf(node)) !== runId) {
    throw new StoreError(storeName, 'The connections to Redis lead to two servers: a fail-over is under way.');
  }
  await node.send('CLIENT', ['TRACKING', 'OFF']);
  await node.send('CLIENT', [...on, 'NOLOOP']);
  // A connection that was lost and made anew tracks nothing.
  return { isOn: async () => String(await node.send('CLIENT', ['GETREDIR'])) === id };
}

async function runIdOf(server: Pick<PrimaryNode, 'send'>): Promise<string> {
  const runId = /run_id:(\w+)/.exec(String(await server.send('INFO', ['server'])))?.[1];
  if (runId === undefined) throw unexpectedReply('INFO');
  return runId;
}

/** `null` where everything may have been written: FLUSHALL, say. */
function keysIn(message: Reply): readonly Buffer[] | null {
  return Array.isArray(message) ? message.filter((key) => Buffer.isBuffer(key)) : null;
}
