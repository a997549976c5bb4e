import type { StoreCall } from '../../contracts/store.js';
import type { ListedEntries } from './listed-entries.js';
import { toStoreError } from './redis-errors.js';
import { pruneBucket } from './scripts/prune-bucket.js';
import { runScript } from './scripts/script.js';

/** Redis does nothing else meanwhile: some two milliseconds. */
const rowsPerScript = 250;

/** Tables of a cluster that are pruned at the same time. */
const tablesAtATime = 32;

/** Entries without terms leave nothing behind: Redis itself removes them. */
export async function pruneExpired(
  { connection, keys }: ListedEntries,
  limit: number,
  { now, signal }: StoreCall,
): Promise<number> {
  const tables = [...keys.bases];
  let removed = 0;
  try {
    while (tables.length > 0 && removed < limit) {
      signal?.throwIfAborted();
      const some = tables.splice(0, Math.min(tablesAtATime, limit - removed));
      // Of equal shares, so that those pruned at the same time keep to the limit together.
      const share = Math.min(rowsPerScript, Math.floor((limit - removed) / some.length));
      const prune = (base: string) =>
        runScript(connection, pruneBucket, [`${base}e`], [base, String(now), String(share)]);
      const counts = (await Promise.all(some.map(prune))).map(Number);
      for (const count of counts) removed += count;
      tables.push(...some.filter((_, at) => counts[at] === share));
    }
    return removed;
  } catch (error) {
    throw toStoreError(error);
  }
}
