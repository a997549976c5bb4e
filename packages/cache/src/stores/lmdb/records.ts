import type { IndexTerms } from '../../contracts/entry.js';
import type { StoredEntry, StoreWrite } from '../../contracts/store.js';
import type { Millis } from '../../contracts/time.js';

/**
 * The record of one key in the table `values`. Numbers are big-endian, texts UTF-8:
 *
 * | offset | size | content                                                                        |
 * |-------:|-----:|--------------------------------------------------------------------------------|
 * |      0 |    1 | layout of the record: 1                                                        |
 * |      1 |    8 | deadline, float64 milliseconds since the epoch; `Infinity`: never              |
 * |      9 |    4 | v: bytes of the version                                                        |
 * |     13 |    4 | t: bytes of the index terms                                                    |
 * |     17 |    v | version                                                                        |
 * |   17+v |    t | index terms as a JSON object; nothing (t = 0) where there is none              |
 * | 17+v+t | rest | the envelope                                                                   |
 *
 * Deadline and terms stand here because an overwrite or delete must find the rows of the other tables by them.
 */
const layout = 1;
const deadlineOffset = 1;
const versionLengthOffset = 9;
const termsLengthOffset = 13;
const headLength = 17;

/** Everything of a record but its envelope. */
export interface RecordHead {
  readonly expiresAt: Millis;
  readonly version: string;
  readonly indexes: IndexTerms;
}

/** A record ready to be written: its bytes, and what the side tables need of it. */
export interface EncodedRecord extends RecordHead {
  readonly record: Buffer;
  readonly expiryNote: string | undefined;
}

const noTerms: IndexTerms = Object.freeze({});

/** Copies the envelope, so that the caller may reuse its bytes at once. */
export function encodeRecord({
  bytes,
  expiresAt,
  version,
  indexes,
  expiryNote,
}: Omit<StoreWrite, 'key' | 'condition'>): EncodedRecord {
  const terms = Object.keys(indexes).length === 0 ? '' : JSON.stringify(indexes);
  const versionLength = Buffer.byteLength(version);
  const termsLength = Buffer.byteLength(terms);
  const envelopeOffset = headLength + versionLength + termsLength;

  const record = Buffer.allocUnsafe(envelopeOffset + bytes.byteLength);
  record.writeUInt8(layout, 0);
  record.writeDoubleBE(expiresAt, deadlineOffset);
  record.writeUInt32BE(versionLength, versionLengthOffset);
  record.writeUInt32BE(termsLength, termsLengthOffset);
  record.write(version, headLength);
  record.write(terms, headLength + versionLength);
  record.set(bytes, envelopeOffset);
  return { record, expiresAt, version, indexes: terms === '' ? noTerms : { ...indexes }, expiryNote };
}

/** An entry whose deadline is now is gone. */
export function isLive(head: { readonly expiresAt: Millis }, now: Millis): boolean {
  return now < head.expiresAt;
}

export function deadlineOf(record: Buffer): Millis {
  return record.readDoubleBE(deadlineOffset);
}

export function headOf(record: Buffer): RecordHead {
  const { termsStart, envelopeStart } = partsOf(record);
  const terms = record.toString('utf8', termsStart, envelopeStart);
  return {
    expiresAt: deadlineOf(record),
    version: versionOf(record, termsStart),
    indexes: terms === '' ? noTerms : (JSON.parse(terms) as IndexTerms),
  };
}

/** What callers get: the envelope is a copy, so `record` may be LMDB's own buffer, which the next read overwrites. */
export function entryOf(record: Buffer): StoredEntry {
  const { termsStart, envelopeStart } = partsOf(record);
  return {
    bytes: copyOf(record, envelopeStart),
    expiresAt: deadlineOf(record),
    version: versionOf(record, termsStart),
  };
}

/** The envelope alone, as {@link entryOf} has it. */
export function envelopeOf(record: Buffer): Uint8Array {
  return copyOf(record, partsOf(record).envelopeStart);
}

/** False for what a damaged disk made of a record. */
export function isRecord(bytes: Buffer): boolean {
  return bytes.length >= headLength && bytes.readUInt8(0) === layout && partsOf(bytes).envelopeStart <= bytes.length;
}

function partsOf(record: Buffer): { termsStart: number; envelopeStart: number } {
  const termsStart = headLength + record.readUInt32BE(versionLengthOffset);
  return { termsStart, envelopeStart: termsStart + record.readUInt32BE(termsLengthOffset) };
}

function versionOf(record: Buffer, end: number): string {
  return record.toString('utf8', headLength, end);
}

/** Into Node's buffer pool, which makes small copies several times cheaper than a buffer of their own. */
function copyOf(record: Buffer, start: number): Uint8Array {
  const copy = Buffer.allocUnsafe(record.length - start);
  record.copy(copy, 0, start, record.length);
  return copy;
}
