import type { Reply, Subscriber } from '../connection.js';

/** Where Redis says what was written, to connections that speak RESP2. */
const invalidations = '__redis__:invalidate';

/**
 * Has Redis tell `subscriber` of all writes of keys that begin with `beginning`; `null` stands for all keys.
 *
 * The process's own writes come back as well. NOLOOP would not help: it would have to be asked for on the connection
 * that writes, and what a script writes Redis takes for somebody else's all the same.
 */
export async function trackWrites(
  subscriber: Subscriber,
  beginning: string,
  heard: (keys: readonly Buffer[] | null) => void,
): Promise<void> {
  const id = String(await subscriber.send('CLIENT', ['ID']));
  await subscriber.send('CLIENT', ['TRACKING', 'ON', 'REDIRECT', id, 'BCAST', 'PREFIX', beginning]);
  await subscriber.subscribe(invalidations, 'SUBSCRIBE', (message) => heard(keysIn(message)));
}

/** `null` where everything may have been written: FLUSHALL, say. */
function keysIn(message: Reply): readonly Buffer[] | null {
  return Array.isArray(message) ? message.filter((key) => Buffer.isBuffer(key)) : null;
}
