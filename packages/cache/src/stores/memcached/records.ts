import type { StoredEntry } from '../../contracts/store.js';
import type { Millis } from '../../contracts/time.js';
import { UnsupportedValueError } from '../../errors.js';
import type { WireKey } from './keys.js';

/**
 * The value that the server keeps under one key. Numbers are big-endian, texts UTF-8:
 *
 * | offset | size | content                                                           |
 * |-------:|-----:|-------------------------------------------------------------------|
 * |      0 |    1 | layout of the record: 1                                           |
 * |      1 |    8 | deadline, float64 milliseconds since the epoch; `Infinity`: never |
 * |      9 |    2 | v: bytes of the version                                           |
 * |     11 |    2 | k: bytes of the key; 0 unless the server knows only its hash      |
 * |     13 |    v | version                                                           |
 * |   13+v |    k | key                                                               |
 * | 13+v+k | rest | the envelope                                                      |
 */
const layout = 1;
const deadlineOffset = 1;
const versionLengthOffset = 9;
const keyLengthOffset = 11;
const headLength = 13;

const longestVersion = 1024;
/** Beside the envelope an item holds our head, its key twice at most, and the server's own head. */
export const roomBesideEnvelope = 16 * 1024;

/** An entry together with the record that holds it; `bytes` is a part of `record`. */
export interface EncodedEntry extends StoredEntry {
  readonly record: Buffer;
}

/** Copies the envelope, so that the caller may reuse its bytes at once. */
export function encodeEntry({ bytes, expiresAt, version }: StoredEntry, key: WireKey): EncodedEntry {
  const versionLength = Buffer.byteLength(version);
  if (versionLength > longestVersion) throw new UnsupportedValueError('version', `has ${versionLength} bytes.`);
  const trueKey = key.trueKey ?? '';
  const keyLength = Buffer.byteLength(trueKey);
  const envelopeOffset = headLength + versionLength + keyLength;

  const record = Buffer.allocUnsafe(envelopeOffset + bytes.byteLength);
  record.writeUInt8(layout, 0);
  record.writeDoubleBE(expiresAt, deadlineOffset);
  record.writeUInt16BE(versionLength, versionLengthOffset);
  record.writeUInt16BE(keyLength, keyLengthOffset);
  record.write(version, headLength);
  record.write(trueKey, headLength + versionLength);
  record.set(bytes, envelopeOffset);
  return { bytes: record.subarray(envelopeOffset), expiresAt, version, record };
}

/**
 * What stands in a record; `undefined` where it is none of ours, or that of another key with the same hash. The
 * envelope is a part of `record`.
 */
export function decodeRecord(record: Buffer, key: WireKey): StoredEntry | undefined {
  if (record.length < headLength || record.readUInt8(0) !== layout) return undefined;
  const keyOffset = headLength + record.readUInt16BE(versionLengthOffset);
  const envelopeOffset = keyOffset + record.readUInt16BE(keyLengthOffset);
  if (envelopeOffset > record.length) return undefined;
  if (record.toString('utf8', keyOffset, envelopeOffset) !== (key.trueKey ?? '')) return undefined;
  return {
    bytes: record.subarray(envelopeOffset),
    expiresAt: record.readDoubleBE(deadlineOffset),
    version: record.toString('utf8', headLength, keyOffset),
  };
}

export function isLive(entry: { readonly expiresAt: Millis }, now: Millis): boolean {
  return now < entry.expiresAt;
}

export function refuseTooLargeValue(bytes: Uint8Array, valueBytes: number): void {
  if (bytes.byteLength <= valueBytes) return;
  const limit = `its envelope has ${bytes.byteLength} bytes, and the memcached store keeps at most ${valueBytes}`;
  const advice = 'Start memcached with a larger -I and say so with itemSize, or turn compression on';
  throw new UnsupportedValueError('value', `is too large: ${limit}. ${advice}.`);
}
