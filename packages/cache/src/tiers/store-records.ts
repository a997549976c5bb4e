import { decodeEntry, encodeEntry } from '../codecs/envelope.js';
import type { Entry, Version } from '../contracts/entry.js';
import type { StoreWrite } from '../contracts/store.js';
import type { EntryWrite } from '../contracts/tier.js';
import type { Millis } from '../contracts/time.js';
import { makeEntry } from './make-entry.js';

export interface StoreRecordsParts {
  /** What the physical keys of this namespace begin with. */
  readonly prefix: string;
  readonly versionOf: (createdAt: Millis) => Version;
  readonly witness: (createdAt: Millis) => void;
  /** Decoded values are frozen. */
  readonly freeze: boolean;
  readonly undecodable: (key: string, reason: string) => void;
}

/** An entry read from a store, and what memory needs to know to hold it. */
export interface ReceivedEntry {
  readonly entry: Entry;
  readonly isMutable: boolean;
  readonly size: number;
}

/** What the entries of one namespace are in a store: joins keys, turns entries into bytes and back. */
export class StoreRecords {
  readonly prefix: string;
  readonly #parts: StoreRecordsParts;

  constructor(parts: StoreRecordsParts) {
    this.prefix = parts.prefix;
    this.#parts = parts;
  }

  readonly physical = (key: string): string => this.prefix + key;
  readonly logical = (key: string): string => key.slice(this.prefix.length);

  encode(write: EntryWrite): Omit<StoreWrite, 'key' | 'condition'> {
    const version = write.version ?? this.#parts.versionOf(write.createdAt);
    const entry = makeEntry(write.survey.value, version, write);
    const bytes = encodeEntry(entry, write.survey.isPlainJson);
    return { bytes, expiresAt: write.staleUntil, version, indexes: entry.indexes };
  }

  encodeAll(writes: readonly (readonly [string, EntryWrite])[]): StoreWrite[] {
    return writes.map(([key, write]) => ({ key: this.physical(key), ...this.encode(write) }));
  }

  decode(key: string, envelope: Uint8Array | undefined): ReceivedEntry | undefined {
    if (envelope === undefined) return undefined;
    const decoded = decodeEntry(envelope, { freeze: this.#parts.freeze });
    if (decoded.ok) {
      // What this process writes, or invalidates, from now on is later than what it has seen.
      this.#parts.witness(decoded.entry.createdAt);
      return decoded;
    }
    this.#parts.undecodable(key, decoded.reason);
    return undefined;
  }
}
