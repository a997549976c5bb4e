import type { Version } from '../contracts/entry.js';
import type { StoreWrite } from '../contracts/store.js';
import type { Millis } from '../contracts/time.js';
import { decodeEntry, encodeEntry } from './envelope.js';

export type RecordWrite = Omit<StoreWrite, 'key' | 'condition'>;

/** A record of the cache's own, of numbers and texts: an envelope like any other, so that a store holds nothing else. */
export function encodeRecord(value: object, expiresAt: Millis, version: Version): RecordWrite {
  const times = { createdAt: 0, freshUntil: expiresAt, staleUntil: expiresAt };
  const bytes = encodeEntry({ value, version, tags: [], indexes: {}, ...times }, true);
  return { bytes, expiresAt, version, indexes: {} };
}

/** Its fields; `undefined` if it cannot be read. */
export function decodeRecord(envelope: Uint8Array): Record<string, unknown> | undefined {
  const decoded = decodeEntry(envelope, { freeze: false });
  const value = decoded.ok ? decoded.entry.value : undefined;
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
}
