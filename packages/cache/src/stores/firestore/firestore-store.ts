import type { Store, StoreCapabilities, StoredEntry } from '../../contracts/store.js';
import { accessNotes } from './access-notes.js';
import { deleting, modifying, setting } from './changes.js';
import { openConnection } from './connection.js';
import { documentReader } from './document-reader.js';
import { entryOf, isLive, wholeFields } from './documents.js';
import { storeName } from './firestore-errors.js';
import { keyTurns } from './key-turns.js';
import { limits, refuseTooLongKey } from './limits.js';
import { listPage } from './listing.js';
import { checkOptions, type FirestoreStoreOptions } from './options.js';
import { pruneExpired } from './prune.js';
import { termText } from './terms.js';

const capabilities: StoreCapabilities = Object.freeze({
  persistent: true,
  shared: true,
  synchronousReads: false,
  atomicWrites: true,
  scan: 'once',
  index: true,
  expiry: 'exact',
  limits: Object.freeze(limits),
});

/**
 * Keeps entries as documents of one collection of Firestore. The client is the one given, or one of its own, made at
 * the first call and closed with the store.
 *
 * @throws InvalidOptionError for a collection or a client that cannot be one
 */
export function firestoreStore(options: FirestoreStoreOptions): Store {
  checkOptions(options);
  const connection = openConnection(options);
  const reader = documentReader(connection, wholeFields);
  const turns = keyTurns(connection);
  const noteAccess = accessNotes(connection, options.trackAccess);

  async function readEntry(key: string, now: number): Promise<StoredEntry | undefined> {
    const found = await reader.read(key);
    const { standing } = found;
    if (standing === undefined || !isLive(standing, now)) return undefined;
    noteAccess(key, found, now);
    return entryOf(standing);
  }

  return {
    name: storeName,
    capabilities,

    get: (keys, call) =>
      connection.whileOpen(call, async () => {
        for (const key of keys) refuseTooLongKey(key);
        return Promise.all(keys.map((key) => readEntry(key, call.now)));
      }),

    set: (writes, call) =>
      connection.whileOpen(call, async () => {
        // All are made before the first is sent: one that cannot be kept must not leave the others written.
        const ready = writes.map((write) => [write.key, setting(write, call.now)] as const);
        return Promise.all(ready.map(([key, operation]) => turns.enqueue(key, operation, call.signal)));
      }),

    delete: (keys, call) =>
      connection.whileOpen(call, async () => {
        for (const key of keys) refuseTooLongKey(key);
        return Promise.all(keys.map((key) => turns.enqueue(key, deleting(call.now), call.signal)));
      }),

    modify: (key, change, call) =>
      connection.whileOpen(call, async () => {
        refuseTooLongKey(key);
        return turns.enqueue(key, modifying(key, change, call.now), call.signal);
      }),

    scan: (prefix, page, call) => connection.whileOpen(call, () => listPage(connection, { prefix }, page, call.now)),

    byIndex: ({ prefix, name, value }, page, call) =>
      connection.whileOpen(call, () => listPage(connection, { prefix, term: termText(name, value) }, page, call.now)),

    prune: (limit, call) => connection.whileOpen(call, () => pruneExpired(connection, limit, call)),

    close: () => connection.close(),
  };
}
