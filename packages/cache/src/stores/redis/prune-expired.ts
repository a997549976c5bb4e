import type { StoreCall } from '../../contracts/store.js';
import type { ListedEntries } from './listed-entries.js';
import { toStoreError } from './redis-errors.js';
import { pruneBucket } from './scripts/prune-bucket.js';
import { runScript } from './scripts/script.js';

/** Redis does nothing else meanwhile: some two milliseconds. */
const rowsPerScript = 250;

/** Buckets of a cluster that are pruned at the same time. */
const bucketsAtATime = 32;

/** Entries without terms leave nothing behind: Redis itself removes them. */
export async function pruneExpired(
  { connection, keys }: ListedEntries,
  limit: number,
  call: StoreCall,
): Promise<number> {
  let removed = 0;

  async function prune(base: string): Promise<void> {
    for (let isMore = true; isMore && removed < limit; ) {
      call.signal?.throwIfAborted();
      const most = Math.min(rowsPerScript, limit - removed);
      // Counted before it is asked for, so that buckets pruned at the same time keep to the limit together.
      removed += most;
      const count = Number(
        await runScript(connection, pruneBucket, [`${base}e`], [base, String(call.now), String(most)]),
      );
      removed -= most - count;
      isMore = count === most;
    }
  }

  try {
    for (let from = 0; from < keys.bases.length && removed < limit; from += bucketsAtATime) {
      await Promise.all(keys.bases.slice(from, from + bucketsAtATime).map(prune));
    }
    return removed;
  } catch (error) {
    throw toStoreError(error);
  }
}
