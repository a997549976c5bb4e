import { InvalidOptionError } from '../../errors.js';
import type { FirestoreClient } from './client-shape.js';

interface CommonOptions {
  /** The collection that holds the entries, and nothing else: `'cache'`, or `'tenants/a/cache'`. */
  readonly collection: string;
  /**
   * Write `last_accessed` at reads too, at most once an hour or a day for each entry: each time costs a document write.
   * By default it is written with the entry only.
   */
  readonly trackAccess?: 'hourly' | 'daily';
}

/** A client that is there already, which stays open, or where to find the database. */
export type FirestoreStoreOptions = CommonOptions &
  (
    | { readonly client: FirestoreClient; readonly projectId?: never; readonly databaseId?: never }
    | {
        readonly client?: never;
        /** Found in the environment where it is missing, as on Google Cloud. */
        readonly projectId?: string;
        /** `'(default)'` where it is missing. */
        readonly databaseId?: string;
      }
  );

export function checkOptions(options: FirestoreStoreOptions): void {
  checkCollection('firestoreStore', options.collection);
  const { client, projectId, databaseId, trackAccess } = options;
  if (client !== undefined && typeof client?.getAll !== 'function')
    throw new InvalidOptionError('firestoreStore: client must be a Firestore object of @google-cloud/firestore.');
  if (client !== undefined && (projectId !== undefined || databaseId !== undefined))
    throw new InvalidOptionError('firestoreStore: give either a client, or projectId and databaseId.');
  if (trackAccess !== undefined && trackAccess !== 'hourly' && trackAccess !== 'daily')
    throw new InvalidOptionError(
      `firestoreStore: trackAccess must be 'hourly' or 'daily', not ${JSON.stringify(trackAccess)}.`,
    );
}

/** @throws InvalidOptionError unless it is the path of a collection: names with a slash between, an odd number */
export function checkCollection(caller: string, collection: unknown): asserts collection is string {
  const names = typeof collection === 'string' ? collection.split('/') : [];
  if (names.length % 2 === 1 && names.every(isName)) return;
  throw new InvalidOptionError(
    `${caller}: collection must be the path of a collection, such as 'cache' or 'tenants/a/cache', not ${JSON.stringify(collection)}.`,
  );
}

function isName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/^__.*__$/.test(name) && Buffer.byteLength(name) <= 1500;
}
