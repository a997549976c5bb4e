import { realpath } from 'node:fs/promises';
import { openTwiceError } from './lmdb-errors.js';

/** The folders that are open in this thread: each thread has a module of its own. */
const openHere = new Set<string>();

/**
 * Lets a thread have a folder open once. Were it open twice: (1) a transaction of the first opening waits for this thread
 * to hand it its writes, (2) this thread opens the file for the second, or makes a table, which waits for that transaction.
 * Neither goes on.
 *
 * @returns what gives it back
 * @throws StoreError `LARDER_STORE_IN_USE`
 */
export async function claimInThread(folder: string): Promise<() => void> {
  const real = await realpath(folder);
  if (openHere.has(real)) throw openTwiceError(folder);
  openHere.add(real);
  return () => openHere.delete(real);
}
