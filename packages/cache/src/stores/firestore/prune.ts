import type { StoreCall } from '../../contracts/store.js';
import type { FirestoreSnapshot, FirestoreTimestamp } from './client-shape.js';
import type { Connection } from './connection.js';
import { isDocumentOfStore } from './document-ids.js';
import { timestampAtOrAfter } from './documents.js';
import { isConflict } from './firestore-errors.js';

const documentsPerQuery = 500;

/** Deletes expired documents, the longest expired first. What was written again since it was found stays. */
export async function pruneExpired(connection: Connection, limit: number, { now, signal }: StoreCall): Promise<number> {
  let removed = 0;
  let last: FirestoreSnapshot | undefined;
  while (removed < limit) {
    signal?.throwIfAborted();
    const count = Math.min(limit - removed, documentsPerQuery);
    const found = await findExpired(connection, now, last, count);
    removed += await deleteAsFound(
      connection,
      found.filter(({ id }) => isDocumentOfStore(id)),
    );
    if (found.length < count) break;
    last = found.at(-1);
  }
  return removed;
}

async function findExpired(
  connection: Connection,
  now: number,
  after: FirestoreSnapshot | undefined,
  count: number,
): Promise<readonly FirestoreSnapshot[]> {
  const { docs } = await connection.request(({ documents }) => {
    // Rounded down: what ends within the millisecond lives on.
    const expired = documents.where('expires_at', '<=', timestampAtOrAfter(Math.floor(now))).orderBy('expires_at');
    const rest = after === undefined ? expired : expired.startAfter(after);
    return rest.select('expires_at').limit(count).get();
  });
  return docs;
}

async function deleteAsFound(connection: Connection, found: readonly FirestoreSnapshot[]): Promise<number> {
  if (found.length === 0) return 0;
  return connection.request(async ({ client }) => {
    const writer = client.bulkWriter({ throttling: false });
    writer.onWriteError(() => false);
    const deletions = found.map(({ ref, updateTime }) =>
      writer.delete(ref, { lastUpdateTime: updateTime as FirestoreTimestamp }).then(
        () => true,
        (error) => {
          if (isConflict(error)) return false;
          throw error;
        },
      ),
    );
    const deleted = Promise.all(deletions);
    await Promise.all([writer.close(), deleted]);
    return (await deleted).filter(Boolean).length;
  });
}
