import { type EntryHeader, encodeEnvelope, readHead, withLifetime as withPlainLifetime } from '../codecs/envelope.js';
import { EnvelopeHead } from '../codecs/envelope-head.js';
import { OpenedEntry, openPlain, openUnwrapped } from '../codecs/opened-entry.js';
import { type Allowance, atOnceAtMost, type PayloadLayers, type Unwrapped } from '../codecs/payload-layers.js';
import { type DecodeOptions, encodeValue, viewOf } from '../codecs/value-codec.js';
import type { Version } from '../contracts/entry.js';
import type { LoadGuard } from '../contracts/lease.js';
import type { StoredEntry, StoreWrite } from '../contracts/store.js';
import type { EntryWrite } from '../contracts/tier.js';
import type { Millis } from '../contracts/time.js';
import { type ExpiryNote, writeExpiryNote } from './expiry-note.js';
import { makeHeader } from './make-entry.js';

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
export type ReceivedEntry = OpenedEntry;

/** An entry that must not, or cannot, be decoded at once. */
export interface LateEntry {
  readonly createdAt: Millis;
  readonly tags: readonly string[];
  /** Reports what cannot be decoded, and never rejects. */
  readonly finish: () => Promise<ReceivedEntry | undefined>;
}

/** With a guard, it is made only where this version stands, and nothing it depends on was invalidated meanwhile. */
export type GuardedWrite = readonly [key: string, write: EntryWrite, guard?: LoadGuard];

export type Decoded = ReceivedEntry | undefined | LateEntry;

type EncodedWrite = Omit<StoreWrite, 'key' | 'condition'>;

/** What the entries of one namespace are in a store: joins keys, turns entries into bytes and back. */
export class StoreRecords {
  readonly prefix: string;
  readonly #parts: StoreRecordsParts;
  readonly #options: DecodeOptions;
  /** Writes that were encoded before the step that makes them: an atomic one cannot wait. */
  readonly #prepared = new WeakMap<EntryWrite, EncodedWrite>();

  constructor(parts: StoreRecordsParts) {
    this.prefix = parts.prefix;
    this.#parts = parts;
    this.#options = { freeze: parts.freeze };
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
        const { header, envelope } = this.#envelope(write);
        this.#prepared.set(write, this.#written(header, await layers.wrap(envelope, this.physical(key))));
      }
    } catch {
      // It is encoded again in the step that makes the write, whose failure is a result.
    }
  }

  encode(key: string, write: EntryWrite): EncodedWrite {
    const prepared = this.#prepared.get(write);
    if (prepared !== undefined) return prepared;
    const { layers } = this.#parts;
    const { header, envelope } = this.#envelope(write);
    return this.#written(header, layers.wraps ? layers.wrapNow(envelope, this.physical(key)) : envelope);
  }

  #written(header: EntryHeader, bytes: Buffer): EncodedWrite {
    const { staleUntil: expiresAt, version, indexes } = header;
    if (!this.#parts.tellsExpiry) return { bytes, expiresAt, version, indexes };
    return { bytes, expiresAt, version, indexes, expiryNote: writeExpiryNote(header) };
  }

  /** What the store has to be told about the end of an entry. */
  noteOf(entry: ExpiryNote): { readonly expiryNote?: string } {
    return this.#parts.tellsExpiry ? { expiryNote: writeExpiryNote(entry) } : nothing;
  }

  encodeAll(writes: readonly GuardedWrite[]): StoreWrite[] {
    return writes.map(([key, write, guard]) => {
      const encoded = this.encode(key, write);
      const { bytes, expiresAt, version, indexes } = encoded;
      // Written out for the most, because spreading costs as much as the rest.
      const isPlain = guard === undefined && encoded.expiryNote === undefined;
      if (isPlain) return { key: this.physical(key), bytes, expiresAt, version, indexes };
      const condition = guard === undefined ? nothing : { condition: { version: guard.version } };
      return { key: this.physical(key), ...encoded, ...condition };
    });
  }

  #envelope(write: EntryWrite): { readonly header: EntryHeader; readonly envelope: Buffer } {
    const { survey } = write;
    const header = makeHeader(write.version ?? this.#parts.versionOf(write.createdAt), write);
    return { header, envelope: encodeEnvelope(header, encodeValue(survey.value, survey.isPlainJson)) };
  }

  /** The same write, begun now; its version may have been told already, and stays. */
  redated(write: EntryWrite): EntryWrite {
    const version = write.version ?? this.#parts.versionOf(write.createdAt);
    return { ...write, version, createdAt: this.#parts.nextStamp() };
  }

  /** At once if that is within the allowance, by default that of one entry, and nothing has to be loaded for it. */
  decode(key: string, bytes: Uint8Array | undefined, allowance?: Allowance): Decoded {
    if (bytes === undefined) return undefined;
    const head = readHead(bytes);
    if (!(head instanceof EnvelopeHead)) return this.#received(key, head);
    // A place that is taken by a load.
    if (head.format === 'none') return undefined;
    if (head.wrapping !== 0 || this.#parts.layers.refusesPlain) return this.#unwrap(key, head, allowance);
    return this.#received(key, openPlain(head, this.#options));
  }

  /** Apart from {@link StoreRecords.decode}, whose plain entries would pay for the closure too. */
  #unwrap(key: string, head: EnvelopeHead, allowance: Allowance = { bytes: atOnceAtMost }): Decoded {
    const finish = (unwrapped: Unwrapped): ReceivedEntry | undefined => {
      if (!unwrapped.ok) return this.#received(key, unwrapped);
      return this.#received(key, openUnwrapped(head, unwrapped.payload, this.#options));
    };
    const unwrapped = this.#parts.layers.unwrap(head.envelope, this.physical(key), allowance);
    if (typeof unwrapped !== 'function') return finish(unwrapped);
    const { createdAt, attributes } = head;
    return { createdAt, tags: attributes.tags, finish: async () => finish(await unwrapped()) };
  }

  /** A batch has the allowance of one entry. */
  decodeAll(keys: readonly string[], stored: readonly (StoredEntry | undefined)[]): Decoded[] {
    const allowance: Allowance = { bytes: atOnceAtMost };
    const decoded = new Array<Decoded>(keys.length);
    for (let at = 0; at < keys.length; at++)
      decoded[at] = this.decode(keys[at] as string, stored[at]?.bytes, allowance);
    return decoded;
  }

  #received(key: string, decoded: OpenedEntry | { readonly reason: string }): ReceivedEntry | undefined {
    if (decoded instanceof OpenedEntry) {
      // What this process writes, or invalidates, from now on is later than what it has seen.
      this.#parts.witness(decoded.createdAt);
      return decoded;
    }
    this.#parts.undecodable(key, decoded.reason);
    return undefined;
  }

  /** A copy with a new life; `undefined` if `bytes` cannot be read. */
  withLifetime(key: string, bytes: Uint8Array, freshUntil: Millis, staleUntil: Millis): Buffer | undefined {
    const plain = withPlainLifetime(bytes, freshUntil, staleUntil);
    if (plain !== undefined || !(readHead(bytes) instanceof EnvelopeHead)) return plain;
    return this.#parts.layers.resealed(viewOf(bytes), this.physical(key), freshUntil, staleUntil);
  }
}

export function isLate(decoded: Decoded): decoded is LateEntry {
  return decoded !== undefined && !(decoded instanceof OpenedEntry);
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
