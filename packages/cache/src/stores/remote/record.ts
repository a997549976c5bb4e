import type { StoredEntry } from '../../contracts/store.js';
import type { Millis } from '../../contracts/time.js';
import { UnsupportedValueError } from '../../errors.js';

/**
 * The value that the service keeps under one key. Numbers are big-endian:
 *
 * | offset | size | content                                                           |
 * |-------:|-----:|-------------------------------------------------------------------|
 * |      0 |    1 | layout of the record: 1                                           |
 * |      1 |    8 | deadline, float64 milliseconds since the epoch; `Infinity`: never |
 * |      9 |    2 | v: bytes of the version                                           |
 * |     11 |    v | version, UTF-8                                                    |
 * |   11+v | rest | the envelope                                                      |
 */
const layout = 1;
const deadlineOffset = 1;
const versionLengthOffset = 9;
const headLength = 11;
const longestVersion = 1_024;

/** The media type that the records have in the service. */
export const recordType = 'application/vnd.larder.record';

/** What the service takes as a value, less our own head. */
export const longestEnvelope = 1_048_576 - headLength - longestVersion;

/** Copies the envelope, so that the caller may reuse its bytes at once. */
export function encodeRecord({ bytes, expiresAt, version }: StoredEntry): Buffer {
  const versionLength = Buffer.byteLength(version);
  if (versionLength > longestVersion) throw new UnsupportedValueError('version', `has ${versionLength} bytes.`);
  if (bytes.byteLength > longestEnvelope) {
    const sizes = `${bytes.byteLength} bytes, and the remote store keeps at most ${longestEnvelope}`;
    throw new UnsupportedValueError('value', `is too large: its envelope has ${sizes}. Turn compression on.`);
  }
  const record = Buffer.allocUnsafe(headLength + versionLength + bytes.byteLength);
  record[0] = layout;
  record.writeDoubleBE(expiresAt, deadlineOffset);
  record.writeUInt16BE(versionLength, versionLengthOffset);
  record.write(version, headLength);
  record.set(bytes, headLength + versionLength);
  return record;
}

/** What stands in a record and is live; `undefined` for what something else wrote. The envelope is a part of it. */
export function liveEntryIn(record: Buffer | undefined, now: Millis): StoredEntry | undefined {
  if (record === undefined || record.length < headLength || record[0] !== layout) return undefined;
  const envelopeOffset = headLength + record.readUInt16BE(versionLengthOffset);
  const expiresAt = record.readDoubleBE(deadlineOffset);
  if (envelopeOffset > record.length || now >= expiresAt) return undefined;
  return {
    bytes: record.subarray(envelopeOffset),
    expiresAt,
    version: record.toString('utf8', headLength, envelopeOffset),
  };
}

const longestLifeSeconds = 3_153_600_000;

/** Whole seconds, as the service counts; rounded up, because the record itself says when it ends. */
export function lifeSeconds(expiresAt: Millis, now: Millis): number {
  return Math.max(1, Math.min(longestLifeSeconds, Math.ceil((expiresAt - now) / 1_000)));
}
