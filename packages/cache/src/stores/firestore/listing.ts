import type { KeyPage } from '../../contracts/store.js';
import type { Millis } from '../../contracts/time.js';
import { InvalidOptionError } from '../../errors.js';
import type { FirestoreQuery, FirestoreSnapshot } from './client-shape.js';
import type { Connection } from './connection.js';
import { rangeOfPrefix } from './document-ids.js';
import { isLive, readDocument } from './documents.js';

/** How much one page looks at, whatever it finds: a page of expired entries only is empty and carries a cursor. */
const documentsPerPage = 300;

interface Listed {
  readonly prefix: string;
  /** Keys under this term only. */
  readonly term?: string;
}

/**
 * A page of live keys, in the order of the documents' ids. A range of ids needs no index beyond those Firestore makes
 * by itself, also together with `array-contains`.
 */
export async function listPage(
  connection: Connection,
  { prefix, term }: Listed,
  { cursor, limit }: { readonly cursor?: string; readonly limit: number },
  now: Millis,
): Promise<KeyPage> {
  const { start, end } = rangeOfPrefix(prefix);
  const after = cursor === undefined ? undefined : idIn(cursor, start);
  const count = Math.min(limit, documentsPerPage);
  const { docs } = await connection.request(({ documents }) => {
    const listed: FirestoreQuery = term === undefined ? documents : documents.where('terms', 'array-contains', term);
    const ordered = listed.orderBy('__name__').endBefore(end);
    const rest = after === undefined ? ordered.startAt(start) : ordered.startAfter(after);
    return rest.select('key', 'version', 'deadline').limit(count).get();
  });

  const live = docs.map((snapshot) => liveKeyIn(snapshot, now));
  // What is cut from a very long prefix is compared here.
  const keys = live.filter((key): key is string => key?.startsWith(prefix) === true);
  const last = docs.at(-1);
  if (last === undefined || docs.length < count) return { keys };
  return { keys, cursor: Buffer.from(last.id).toString('base64url') };
}

function liveKeyIn(snapshot: FirestoreSnapshot, now: Millis): string | undefined {
  const key = snapshot.get('key');
  if (typeof key !== 'string') return undefined;
  const { standing } = readDocument(snapshot, key);
  return standing !== undefined && isLive(standing, now) ? key : undefined;
}

/** A cursor is the id where the page before ended: it stays good whatever is written or removed in between. */
function idIn(cursor: string, start: string): string {
  const id = Buffer.from(cursor, 'base64url').toString();
  if (id.startsWith(start)) return id;
  throw new InvalidOptionError('This cursor does not belong to this listing. Begin without a cursor.');
}
