import type { Fields, FirestoreBulkWriter, FirestoreClient, FirestoreTimestamp } from './client-shape.js';
import type { Connection, Session } from './connection.js';
import { documentId } from './document-ids.js';
import { isConflict } from './firestore-errors.js';

/** A request has at most 10 MiB, to the emulator 4, and the client counts documents only. */
const bytesPerWriter = 3 * 1024 * 1024;
const bytesBesidesData = 4096;

/**
 * Writes documents as they were read: created if there was none, replaced or deleted if it is still the same. All that
 * is asked for within a tick goes out together, and each succeeds or fails by itself.
 */
export interface DocumentWriter {
  /** False if somebody else wrote it meanwhile: then nothing was written. */
  write(key: string, readAt: FirestoreTimestamp | undefined, fields: Fields | 'delete'): Promise<boolean>;
}

export function documentWriter(connection: Connection): DocumentWriter {
  let current: FirestoreBulkWriter | undefined;
  let bytes = 0;

  function bulkWriter(client: FirestoreClient, added: number): FirestoreBulkWriter {
    if (current !== undefined && bytes + added > bytesPerWriter) finish(current);
    current ??= open(client);
    bytes += added;
    return current;
  }

  function open(client: FirestoreClient): FirestoreBulkWriter {
    const opened = client.bulkWriter({ throttling: false });
    // Tried again with what stands then, not blindly.
    opened.onWriteError(() => false);
    setImmediate(() => finish(opened));
    return opened;
  }

  /** Sends the rest of what it was given. May be called twice. */
  function finish(writer: FirestoreBulkWriter): void {
    if (current === writer) {
      current = undefined;
      bytes = 0;
    }
    writer.close().catch(() => {});
  }

  function send(
    session: Session,
    key: string,
    readAt: FirestoreTimestamp | undefined,
    fields: Fields | 'delete',
  ): Promise<unknown> {
    const document = session.documents.doc(documentId(key));
    const data = fields === 'delete' ? undefined : fields.data;
    const size = data instanceof Uint8Array ? data.byteLength : 0;
    const writer = bulkWriter(session.client, size + bytesBesidesData);
    if (readAt === undefined) return fields === 'delete' ? Promise.resolve() : writer.create(document, fields);
    const asRead = { lastUpdateTime: readAt };
    return fields === 'delete' ? writer.delete(document, asRead) : writer.update(document, fields, asRead);
  }

  return {
    write: (key, readAt, fields) =>
      connection.request(async (session) => {
        try {
          await send(session, key, readAt, fields);
          return true;
        } catch (error) {
          if (isConflict(error)) return false;
          throw error;
        }
      }),
  };
}
