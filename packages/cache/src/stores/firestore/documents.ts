import type { StoredEntry } from '../../contracts/store.js';
import type { Millis } from '../../contracts/time.js';
import type { Fields, FirestoreSnapshot, FirestoreTimestamp } from './client-shape.js';

/**
 * The document of one key:
 *
 * | field           | type             | content                                                                     |
 * |-----------------|------------------|-----------------------------------------------------------------------------|
 * | `key`           | string           | the whole key; the id may be a part of it                                    |
 * | `data`          | bytes            | the envelope                                                                 |
 * | `version`       | string           | version of the write                                                         |
 * | `deadline`      | number           | exact end in milliseconds since the epoch; `Infinity`: never                 |
 * | `terms`         | array of strings | index terms as `name:value`                                                  |
 * | `created_at`    | timestamp        | when this version was written                                                |
 * | `expires_at`    | timestamp, null  | the deadline rounded up: for the TTL policy and `prune`; null: never         |
 * | `last_accessed` | timestamp        | when it was last written or touched, and read where `trackAccess` asks for it |
 * | `write_id`      | string           | tells a writer who lost the answer that its write took effect                |
 */
export const headFields = ['key', 'version', 'deadline', 'created_at', 'write_id'] as const;
export const wholeFields = [...headFields, 'data', 'last_accessed'] as const;

/** An entry as it stands, or is to stand, in a document. */
export interface Standing {
  /** Absent where only the head was read. */
  readonly bytes: Uint8Array | undefined;
  readonly expiresAt: Millis;
  readonly version: string;
  readonly createdAt: Millis;
  /** Only of what is to be written. */
  readonly terms: readonly string[];
}

/** What a read found. `updateTime` is there where a document is, even if it is not one of this key. */
export interface FoundDocument {
  readonly updateTime: FirestoreTimestamp | undefined;
  readonly standing: Standing | undefined;
  readonly writeId: unknown;
  readonly lastAccessed: Millis;
}

export function readDocument(snapshot: FirestoreSnapshot, key: string): FoundDocument {
  return {
    updateTime: snapshot.exists ? snapshot.updateTime : undefined,
    standing: snapshot.exists ? standingIn(snapshot, key) : undefined,
    writeId: snapshot.get('write_id'),
    lastAccessed: millisOf(snapshot.get('last_accessed')),
  };
}

function standingIn(snapshot: FirestoreSnapshot, key: string): Standing | undefined {
  const [version, expiresAt, bytes] = [snapshot.get('version'), snapshot.get('deadline'), snapshot.get('data')];
  if (snapshot.get('key') !== key || typeof version !== 'string' || typeof expiresAt !== 'number') return undefined;
  const createdAt = millisOf(snapshot.get('created_at'));
  return { bytes: bytes instanceof Uint8Array ? bytes : undefined, expiresAt, version, createdAt, terms: [] };
}

/** All fields, so that an update leaves none of an earlier write. */
export function fieldsOf(key: string, standing: Standing, now: Millis, writeId: string): Fields {
  return {
    key,
    data: standing.bytes,
    version: standing.version,
    deadline: standing.expiresAt,
    terms: standing.terms,
    created_at: new Date(standing.createdAt),
    expires_at: timestampAtOrAfter(standing.expiresAt),
    last_accessed: new Date(now),
    write_id: writeId,
  };
}

export function isLive(standing: { readonly expiresAt: Millis }, now: Millis): boolean {
  return now < standing.expiresAt;
}

/** A copy that its receiver may write into. */
export function entryOf({ bytes, expiresAt, version }: Standing): StoredEntry {
  return { bytes: new Uint8Array(bytes ?? []), expiresAt, version };
}

/** The years that a timestamp of Firestore can name. */
const firstTimestamp = Date.parse('0001-01-01T00:00:00Z');
const lastTimestamp = Date.parse('9999-12-31T23:59:59Z');

/** Rounded up to the millisecond: what the TTL policy deletes has always ended. */
export function timestampAtOrAfter(time: Millis): Date | null {
  if (time > lastTimestamp) return null;
  return new Date(Math.ceil(Math.max(time, firstTimestamp)));
}

function millisOf(timestamp: unknown): Millis {
  const isTimestamp = typeof timestamp === 'object' && timestamp !== null && 'toMillis' in timestamp;
  return isTimestamp ? (timestamp as FirestoreTimestamp).toMillis() : 0;
}
