import {
  type DecodedEntry,
  type DecodedEnvelope,
  decodeEnvelope,
  type EntryHeader,
  encodeEntry,
  openEntry,
  withLifetime as withPlainLifetime,
} from '../codecs/envelope.js';
import { type Allowance, atOnceAtMost, type PayloadLayers, type Unwrapped } from '../codecs/payload-layers.js';
import { viewOf } from '../codecs/value-codec.js';
import type { Entry, Version } from '../contracts/entry.js';
import type { LoadGuard } from '../contracts/lease.js';
import type { StoredEntry, StoreWrite } from '../contracts/store.js';
import type { EntryWrite } from '../contracts/tier.js';
import type { Millis } from '../contracts/time.js';
import { type ExpiryNote, writeExpiryNote } from './expiry-note.js';
import { makeEntry } from './make-entry.js';

export interface StoreRecordsParts {
  /** What the physical keys of this namespace begin with. */
  readonly prefix: string;
  readonly versionOf: (createdAt: Millis) => Version;
  /** A time later than that of any write before, and than what was witnessed. */
  readonly nextStamp: () => Millis;
  readonly witness: (createdAt: Millis) => void;
  /** Decoded values are frozen. */
  readonly freeze: boolean;
  readonly layers: PayloadLayers;
  /** The ends of entries are to be told: the store keeps a note of each. */
  readonly tellsExpiry: boolean;
  readonly undecodable: (key: string, reason: string) => void;
}

/** An entry read from a store, and what memory needs to know to hold it. */
export interface ReceivedEntry {
  readonly entry: Entry;
  readonly isMutable: boolean;
  readonly size: number;
}

/** An entry that must not, or cannot, be decoded at once. */
export interface LateEntry {
  readonly header: EntryHeader;
  /** Reports what cannot be decoded, and never rejects. */
  readonly finish: () => Promise<ReceivedEntry | undefined>;
}

/** With a guard, it is made only where this version stands, and nothing it depends on was invalidated meanwhile. */
export type GuardedWrite = readonly [key: string, write: EntryWrite, guard?: LoadGuard];

export type Decoded = ReceivedEntry | undefined | LateEntry;

type ReadEnvelope = Extract<DecodedEnvelope, { readonly ok: true }>;
type EncodedWrite = Omit<StoreWrite, 'key' | 'condition'>;

/** What the entries of one namespace are in a store: joins keys, turns entries into bytes and back. */
export class StoreRecords {
  readonly prefix: string;
  readonly #parts: StoreRecordsParts;
  /** Writes that were encoded before the step that makes them: an atomic one cannot wait. */
  readonly #prepared = new WeakMap<EntryWrite, EncodedWrite>();

  constructor(parts: StoreRecordsParts) {
    this.prefix = parts.prefix;
    this.#parts = parts;
  }

  readonly physical = (key: string): string => this.prefix + key;
  readonly logical = (key: string): string => key.slice(this.prefix.length);

  /** To be waited for before anything is written; `undefined` where there is nothing to wait for. Never rejects. */
  prepare(writes: readonly GuardedWrite[]): Promise<void> | undefined {
    const { layers } = this.#parts;
    if (!layers.wraps) return undefined;
    let size = 0;
    for (const [, { survey }] of writes) size += survey.size;
    return layers.loading === undefined && size <= atOnceAtMost ? undefined : this.#prepareAll(writes);
  }

  /** One after the other: compressors that work side by side take megabytes each. */
  async #prepareAll(writes: readonly GuardedWrite[]): Promise<void> {
    const { layers } = this.#parts;
    await layers.loading;
    try {
      for (const [key, write] of writes) {
        const { entry, envelope } = this.#envelope(write);
        this.#prepared.set(write, this.#written(entry, await layers.wrap(envelope, this.physical(key))));
      }
    } catch {
      // It is encoded again in the step that makes the write, whose failure is a result.
    }
  }

  encode(key: string, write: EntryWrite): EncodedWrite {
    const prepared = this.#prepared.get(write);
    if (prepared !== undefined) return prepared;
    const { layers } = this.#parts;
    const { entry, envelope } = this.#envelope(write);
    return this.#written(entry, layers.wraps ? layers.wrapNow(envelope, this.physical(key)) : envelope);
  }

  #written(entry: Entry, bytes: Buffer): EncodedWrite {
    const { staleUntil, version, indexes } = entry;
    return { bytes, expiresAt: staleUntil, version, indexes, ...this.noteOf(entry) };
  }

  /** What the store has to be told about the end of an entry. */
  noteOf(entry: ExpiryNote): { readonly expiryNote?: string } {
    return this.#parts.tellsExpiry ? { expiryNote: writeExpiryNote(entry) } : nothing;
  }

  encodeAll(writes: readonly GuardedWrite[]): StoreWrite[] {
    return writes.map(([key, write, guard]) => {
      const encoded = { key: this.physical(key), ...this.encode(key, write) };
      return guard === undefined ? encoded : { ...encoded, condition: { version: guard.version } };
    });
  }

  #envelope(write: EntryWrite): { readonly entry: Entry; readonly envelope: Buffer } {
    const version = write.version ?? this.#parts.versionOf(write.createdAt);
    const entry = makeEntry(write.survey.value, version, write);
    return { entry, envelope: encodeEntry(entry, write.survey.isPlainJson) };
  }

  /** The same write, begun now; its version may have been told already, and stays. */
  redated(write: EntryWrite): EntryWrite {
    const version = write.version ?? this.#parts.versionOf(write.createdAt);
    return { ...write, version, createdAt: this.#parts.nextStamp() };
  }

  /** At once if that is within the allowance, by default that of one entry, and nothing has to be loaded for it. */
  decode(key: string, bytes: Uint8Array | undefined, allowance?: Allowance): Decoded {
    if (bytes === undefined) return undefined;
    const envelope = decodeEnvelope(bytes);
    if (!envelope.ok) return this.#received(key, envelope);
    // A place that is taken by a load.
    if (envelope.encoded.format === 'none') return undefined;
    const { layers, freeze } = this.#parts;
    if (envelope.wrapping !== 0 || layers.refusesPlain) return this.#unwrap(key, viewOf(bytes), envelope, allowance);
    return this.#received(key, openEntry(envelope.header, envelope.encoded, { freeze }));
  }

  /** Apart from {@link StoreRecords.decode}, whose plain entries would pay for the closure too. */
  #unwrap(
    key: string,
    bytes: Buffer,
    { header, encoded }: ReadEnvelope,
    allowance: Allowance = { bytes: atOnceAtMost },
  ): Decoded {
    const { layers, freeze } = this.#parts;
    const finish = (unwrapped: Unwrapped): ReceivedEntry | undefined => {
      if (!unwrapped.ok) return this.#received(key, unwrapped);
      return this.#received(key, openEntry(header, { ...encoded, payload: unwrapped.payload }, { freeze }));
    };
    const unwrapped = layers.unwrap(bytes, this.physical(key), allowance);
    if (typeof unwrapped !== 'function') return finish(unwrapped);
    return { header, finish: async () => finish(await unwrapped()) };
  }

  /** A batch has the allowance of one entry. */
  decodeAll(keys: readonly string[], stored: readonly (StoredEntry | undefined)[]): Decoded[] {
    const allowance: Allowance = { bytes: atOnceAtMost };
    return stored.map((each, at) => this.decode(keys[at] as string, each?.bytes, allowance));
  }

  #received(key: string, decoded: DecodedEntry): ReceivedEntry | undefined {
    if (decoded.ok) {
      // What this process writes, or invalidates, from now on is later than what it has seen.
      this.#parts.witness(decoded.entry.createdAt);
      return decoded;
    }
    this.#parts.undecodable(key, decoded.reason);
    return undefined;
  }

  /** A copy with a new life; `undefined` if `bytes` cannot be read. */
  withLifetime(key: string, bytes: Uint8Array, freshUntil: Millis, staleUntil: Millis): Buffer | undefined {
    const plain = withPlainLifetime(bytes, freshUntil, staleUntil);
    if (plain !== undefined || !decodeEnvelope(bytes).ok) return plain;
    return this.#parts.layers.resealed(viewOf(bytes), this.physical(key), freshUntil, staleUntil);
  }
}

export function isLate(decoded: Decoded): decoded is LateEntry {
  return decoded !== undefined && 'finish' in decoded;
}

export function isReceived(decoded: Decoded): decoded is ReceivedEntry | undefined {
  return !isLate(decoded);
}

/** One after the other: decompressors that work side by side take megabytes each. */
export async function finishAll(decoded: readonly Decoded[]): Promise<(ReceivedEntry | undefined)[]> {
  const received: (ReceivedEntry | undefined)[] = [];
  for (const each of decoded) received.push(isLate(each) ? await each.finish() : each);
  return received;
}

const nothing = Object.freeze({});
