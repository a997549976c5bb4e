import type { StoreCall } from '../../contracts/store.js';
import type { ListedEntries } from './listed-entries.js';
import { endingsKey } from './physical-keys.js';
import { toStoreError } from './redis-errors.js';
import { dropEndings } from './scripts/drop-endings.js';
import { pruneBucket } from './scripts/prune-bucket.js';
import { runScript, type Script } from './scripts/script.js';

/** Redis does nothing else meanwhile: some two milliseconds. */
const rowsPerScript = 250;

/** Tables of a cluster that are pruned at the same time. */
const tablesAtATime = 32;

/** News of an end that are older than this are dropped: nobody seems to want them. */
const endingsKeptFor = 86_400_000;

interface PrunedTable {
  readonly script: Script;
  readonly key: string;
  /** All but the last, which says at most how many rows go. */
  readonly args: readonly string[];
}

/** Entries without terms leave nothing behind, unless their end is to be told: Redis itself removes them. */
export async function pruneExpired(
  { connection, keys }: ListedEntries,
  limit: number,
  { now, signal }: StoreCall,
): Promise<number> {
  const tables = keys.bases.flatMap((base): PrunedTable[] => [
    { script: dropEndings, key: endingsKey(base), args: [String(now - endingsKeptFor)] },
    { script: pruneBucket, key: `${base}e`, args: [base, String(now)] },
  ]);
  let removed = 0;
  try {
    while (tables.length > 0 && removed < limit) {
      signal?.throwIfAborted();
      const some = tables.splice(0, Math.min(tablesAtATime, limit - removed));
      // Of equal shares, so that those pruned at the same time keep to the limit together.
      const share = Math.min(rowsPerScript, Math.floor((limit - removed) / some.length));
      const prune = ({ script, key, args }: PrunedTable) =>
        runScript(connection, script, [key], [...args, String(share)]);
      const counts = (await Promise.all(some.map(prune))).map(Number);
      for (const count of counts) removed += count;
      tables.push(...some.filter((_, at) => counts[at] === share));
    }
    return removed;
  } catch (error) {
    throw toStoreError(error);
  }
}
