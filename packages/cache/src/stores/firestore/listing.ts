import type { KeyPage } from '../../contracts/store.js';
import type { Millis } from '../../contracts/time.js';
import { InvalidOptionError } from '../../errors.js';
import type { FirestoreQuery, FirestoreSnapshot } from './client-shape.js';
import type { Connection } from './connection.js';
import { rangeOfPrefix } from './document-ids.js';
import { isLive, readDocument } from './documents.js';

/** How much one page looks at, whatever it finds: a page of expired entries only is empty and carries a cursor. */
const documentsPerPage = 300;

interface ListingRequest {
  readonly prefix: string;
  /** Keys under this term only. */
  readonly term?: string;
  readonly cursor: string | undefined;
  readonly limit: number;
  readonly now: Millis;
}

/**
 * A page of live keys, in the order of the documents' ids. A range of ids needs no index beyond those Firestore makes
 * by itself, also together with `array-contains`.
 */
export async function listPage(connection: Connection, request: ListingRequest): Promise<KeyPage> {
  const { prefix, term, cursor, limit, now } = request;
  const { start, end } = rangeOfPrefix(prefix);
  const after = cursor === undefined ? undefined : idIn(cursor, start, end);
  const count = Math.min(limit, documentsPerPage);
  const { docs } = await connection.request(({ documents }) => {
    const chosen: FirestoreQuery =
      term === undefined ? documents : documents.where('terms', 'array-contains', term);
    const ordered = chosen.orderBy('__name__').endBefore(end);
    const from = after === undefined ? ordered.startAt(start) : ordered.startAfter(after);
    return from.select('key', 'version', 'deadline').limit(count).get();
  });

  const keys = docs.map((snapshot) => liveKeyIn(snapshot, now)).filter((key) => key?.startsWith(prefix) === true);
  const last = docs.at(-1);
  if (docs.length < count || last === undefined) return { keys: keys as string[] };
  return { keys: keys as string[], cursor: Buffer.from(last.id).toString('base64url') };
}

function liveKeyIn(snapshot: FirestoreSnapshot, now: Millis): string | undefined {
  const key = snapshot.get('key');
  if (typeof key !== 'string') return undefined;
  const { standing } = readDocument(snapshot, key);
  return standing !== undefined && isLive(standing, now) ? key : undefined;
}

/** A cursor is the id where the page before ended: it stays good whatever is written or removed in between. */
function idIn(cursor: string, start: string, end: string): string {
  const id = Buffer.from(cursor, 'base64url').toString();
  if (id.startsWith(start) && id !== end) return id;
  throw new InvalidOptionError('This cursor does not belong to this listing. Begin without a cursor.');
}
