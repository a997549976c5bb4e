import { randomBytes } from 'node:crypto';
import type { StoredEntry, StoreWrite } from '../../contracts/store.js';
import type { Millis } from '../../contracts/time.js';
import { UnsupportedValueError } from '../../errors.js';
import { endingOf } from './endings.js';
import { termIds } from './index-terms.js';
import { limits } from './physical-keys.js';

/**
 * What Redis keeps under the key of an entry: one string. Numbers are big-endian.
 *
 * | offset | size | content                                                            |
 * |-------:|-----:|--------------------------------------------------------------------|
 * |      0 |    1 | layout of the record: 1, or 2 if its end is to be told             |
 * |      1 |   12 | stamp: no other write of any process has it                        |
 * |     13 |    8 | deadline, float64 milliseconds since the epoch; `Infinity`: never  |
 * |     21 |    2 | v: bytes of the version                                            |
 * |     23 |    2 | t: number of index terms                                           |
 * |     25 |    v | version, UTF-8                                                     |
 * |   25+v | 32 t | ids of the terms ({@link termIds})                                 |
 * |   rest |      | the envelope                                                       |
 *
 * Versions come back: a touch keeps one. The stamp does not, so a compare-and-set that compares it cannot take an entry
 * for the one it read when another stood there in between; and a write that the client sends twice knows itself.
 *
 * The scripts read the same layout: change them together.
 */
const layouts = { silent: 1, told: 2 };
const stampOffset = 1;
const deadlineOffset = 13;
const versionLengthOffset = 21;
const termCountOffset = 23;
const headLength = 25;

/** How much of a record's beginning no other record has. */
export const identityLength = versionLengthOffset;

export const termIdLength = 32;

const longestVersion = 65_535;

const stamp = randomBytes(12);
const counterOffset = 8;
let counter = 0;

/** Copies the envelope, so that the caller may reuse its bytes at once. */
export function encodeRecord(write: Omit<StoreWrite, 'key' | 'condition'>): Buffer {
  const { bytes, expiresAt, version, indexes } = write;
  const terms = termIds(indexes);
  const versionLength = Buffer.byteLength(version);
  if (versionLength > longestVersion || bytes.byteLength > limits.valueBytes) refuse(bytes, versionLength);
  const termsAt = headLength + versionLength;
  const envelopeAt = termsAt + terms.length;

  const record = Buffer.allocUnsafe(envelopeAt + bytes.byteLength);
  record[0] = endingOf(write) === undefined ? layouts.silent : layouts.told;
  nextStamp().copy(record, stampOffset);
  record.writeDoubleBE(expiresAt, deadlineOffset);
  record.writeUInt16BE(versionLength, versionLengthOffset);
  record.writeUInt16BE(terms.length / termIdLength, termCountOffset);
  record.write(version, headLength);
  if (terms !== '') record.write(terms, termsAt, 'latin1');
  record.set(bytes, envelopeAt);
  return record;
}

/** False for a string that something else wrote under the key, or another layout. */
export function isRecord(bytes: Buffer): boolean {
  return bytes.length >= headLength && (bytes[0] === layouts.silent || bytes[0] === layouts.told);
}

/** An entry whose deadline is now is gone. */
export function isLive(record: Buffer | undefined, now: Millis): record is Buffer {
  return record !== undefined && isRecord(record) && now < deadlineIn(record);
}

export function deadlineIn(record: Buffer): Millis {
  return record.readDoubleBE(deadlineOffset);
}

export function hasTerms(record: Buffer): boolean {
  return record.readUInt16BE(termCountOffset) > 0;
}

/** There is a row for its end (`endings.ts`). */
export function isToBeTold(record: Buffer): boolean {
  return record[0] === layouts.told;
}

/** Everything but the envelope. */
export function headIn(record: Buffer): Buffer {
  return record.subarray(0, envelopeOffset(record));
}

/** The envelope is a part of `record`, not a copy. */
export function entryIn(record: Buffer): StoredEntry {
  return {
    bytes: record.subarray(envelopeOffset(record)),
    expiresAt: deadlineIn(record),
    version: record.toString('utf8', headLength, headLength + record.readUInt16BE(versionLengthOffset)),
  };
}

/** As {@link entryIn}, with bytes of its own. */
export function copyOfEntryIn(record: Buffer): StoredEntry {
  const entry = entryIn(record);
  return { bytes: Buffer.from(entry.bytes), expiresAt: entry.expiresAt, version: entry.version };
}

function envelopeOffset(record: Buffer): number {
  const terms = record.readUInt16BE(termCountOffset) * termIdLength;
  return headLength + record.readUInt16BE(versionLengthOffset) + terms;
}

/** Random, and counted up from there. */
function nextStamp(): Buffer {
  counter = (counter + 1) >>> 0;
  if (counter === 0) randomBytes(counterOffset).copy(stamp);
  stamp.writeUInt32BE(counter, counterOffset);
  return stamp;
}

function refuse(bytes: Uint8Array, versionLength: number): never {
  if (versionLength > longestVersion) {
    throw new UnsupportedValueError('version', `has ${versionLength} bytes, and the redis store keeps 65535.`);
  }
  const sizes = `${bytes.byteLength} bytes, and the redis store keeps at most ${limits.valueBytes}`;
  throw new UnsupportedValueError('value', `is too large: its envelope has ${sizes}.`);
}
