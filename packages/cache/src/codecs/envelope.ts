import type { Entry } from '../contracts/entry.js';
import type { Millis } from '../contracts/time.js';
import { type Attributes, attributesLength, readAttributes, writeAttributes } from './envelope-attributes.js';
import * as layout from './envelope-layout.js';
import { failure, Undecodable } from './undecodable.js';
import { type DecodeOptions, decodeValue, type EncodedValue, encodeValue, viewOf } from './value-codec.js';

export type EntryHeader = Omit<Entry, 'value'>;

export type DecodedEnvelope =
  | {
      readonly ok: true;
      readonly header: EntryHeader;
      readonly encoded: EncodedValue;
      /** The flags of what was done to the payload; 0 for none, and then it can be decoded. */
      readonly wrapping: number;
    }
  | { readonly ok: false; readonly reason: string };

export type DecodedEntry =
  | { readonly ok: true; readonly entry: Entry; readonly isMutable: boolean; readonly size: number }
  | { readonly ok: false; readonly reason: string };

export function encodeEnvelope(header: EntryHeader, encoded: EncodedValue): Buffer {
  const { version } = header;
  const { format, payload } = encoded;
  if (!isVersion(version)) throw new RangeError('A version is at most 255 printable ASCII characters without spaces.');
  const attributesAt = layout.AT_VERSION + version.length;
  const payloadAt = attributesAt + attributesLength(header);
  const payloadLength = typeof payload === 'string' ? Buffer.byteLength(payload) : payload.byteLength;
  const output = Buffer.allocUnsafe(payloadAt + payloadLength);
  output[layout.AT_MAGIC] = layout.MAGIC;
  output[layout.AT_ENVELOPE_VERSION] = layout.ENVELOPE_VERSION;
  output[layout.AT_FORMAT] = layout.formats.indexOf(format);
  output[layout.AT_FLAGS] = encoded.isBuffer === true ? layout.FLAG_BUFFER : 0;
  output.writeUInt32LE(payloadAt, layout.AT_PAYLOAD_OFFSET);
  output.writeDoubleLE(header.createdAt, layout.AT_CREATED);
  writeLifetime(output, header.freshUntil, header.staleUntil);
  output.writeUInt32LE(payloadLength, layout.AT_PAYLOAD_LENGTH);
  output[layout.AT_VERSION_LENGTH] = version.length;
  output.write(version, layout.AT_VERSION, 'latin1');
  writeAttributes(output, attributesAt, header);
  if (typeof payload === 'string') output.write(payload, payloadAt, 'utf8');
  else output.set(payload, payloadAt);
  return output;
}

/** `isPlainJson` is what `surveyValue` found; without it the value is surveyed here. */
export function encodeEntry(entry: Entry, isPlainJson?: boolean): Buffer {
  return encodeEnvelope(entry, encodeValue(entry.value, isPlainJson));
}

/** Reads the header and leaves the payload encoded, and wrapped: a view of `bytes`, not a copy. Never throws. */
export function decodeEnvelope(bytes: Uint8Array): DecodedEnvelope {
  try {
    return readEnvelope(viewOf(bytes));
  } catch (thrown) {
    return failure(thrown);
  }
}

/** As {@link openEntry}, of an envelope whose payload is neither compressed nor encrypted. */
export function decodeEntry(bytes: Uint8Array, options: DecodeOptions): DecodedEntry {
  const envelope = decodeEnvelope(bytes);
  if (!envelope.ok) return envelope;
  if (envelope.wrapping !== 0) return { ok: false, reason: 'The payload is compressed or encrypted.' };
  return openEntry(envelope.header, envelope.encoded, options);
}

/** The frozen entry. Never throws. A value of bytes shares its memory with the payload, everything else is fresh. */
export function openEntry(header: EntryHeader, encoded: EncodedValue, options: DecodeOptions): DecodedEntry {
  const decoded = decodeValue(encoded, options);
  if (!decoded.ok) return decoded;
  const entry = entryOf(decoded.value, header);
  return { ok: true, entry, isMutable: decoded.isMutable, size: decoded.size };
}

type Writable<Fields> = { -readonly [Name in keyof Fields]: Fields[Name] };

/** Written out, because a frozen object made by spreading gets a hidden class of its own every time. */
function entryOf(value: unknown, header: EntryHeader): Entry {
  const { createdAt, freshUntil, staleUntil, version, tags, indexes } = header;
  const { loadMillis, contentType, etag, lastModified } = header;
  const entry: Writable<Entry> = { value, createdAt, freshUntil, staleUntil, version, tags, indexes };
  if (loadMillis !== undefined) entry.loadMillis = loadMillis;
  if (contentType !== undefined) entry.contentType = contentType;
  if (etag !== undefined) entry.etag = etag;
  if (lastModified !== undefined) entry.lastModified = lastModified;
  return Object.freeze(entry);
}

/**
 * A copy with a new life, its payload not re-encoded; `undefined` if `bytes` is no envelope that can be read, or is
 * encrypted: its times are sealed together with its payload.
 */
export function withLifetime(bytes: Uint8Array, freshUntil: Millis, staleUntil: Millis): Buffer | undefined {
  const envelope = decodeEnvelope(bytes);
  if (!envelope.ok || (envelope.wrapping & layout.FLAG_ENCRYPTED) !== 0) return undefined;
  const output = Buffer.allocUnsafe(bytes.byteLength);
  output.set(bytes);
  writeLifetime(output, freshUntil, staleUntil);
  return output;
}

export function writeLifetime(output: Buffer, freshUntil: Millis, staleUntil: Millis): void {
  output.writeDoubleLE(freshUntil, layout.AT_FRESH_UNTIL);
  output.writeDoubleLE(staleUntil, layout.AT_STALE_UNTIL);
}

function readEnvelope(input: Buffer): DecodedEnvelope {
  const format = readFormat(input);
  const flags = input[layout.AT_FLAGS] as number;
  const payloadAt = input.readUInt32LE(layout.AT_PAYLOAD_OFFSET);
  const attributesAt = layout.AT_VERSION + (input[layout.AT_VERSION_LENGTH] as number);
  if (attributesAt > payloadAt) throw new Undecodable('The version ends after the header.');
  if (payloadAt + input.readUInt32LE(layout.AT_PAYLOAD_LENGTH) !== input.length) {
    throw new Undecodable('The envelope is not as long as it says.');
  }
  const isBuffer = (flags & layout.FLAG_BUFFER) !== 0;
  if (isBuffer && format !== 'bytes') throw new Undecodable('The Buffer flag is set on a payload that is not bytes.');
  const header = readHeader(input, attributesAt, readAttributes(input, attributesAt, payloadAt));
  const encoded = { format, payload: input.subarray(payloadAt), isBuffer };
  return { ok: true, header, encoded, wrapping: flags & layout.FLAGS_WRAPPED };
}

function readFormat(input: Buffer): EncodedValue['format'] {
  if (input.length < layout.AT_VERSION) throw new Undecodable('There are fewer bytes than an envelope has.');
  if (input[layout.AT_MAGIC] !== layout.MAGIC) throw new Undecodable('The bytes are no envelope.');
  const envelopeVersion = input[layout.AT_ENVELOPE_VERSION] as number;
  if (envelopeVersion !== layout.ENVELOPE_VERSION) {
    throw new Undecodable(`The envelope has version ${envelopeVersion}; this reader knows ${layout.ENVELOPE_VERSION}.`);
  }
  const reserved = (input[layout.AT_FLAGS] as number) & ~layout.FLAGS_KNOWN;
  if (reserved !== 0) throw new Undecodable(`The envelope has the reserved flags ${reserved}.`);
  const format = layout.formats[input[layout.AT_FORMAT] as number];
  if (format === undefined)
    throw new Undecodable(`The envelope has the unknown payload format ${input[layout.AT_FORMAT]}.`);
  return format;
}

function readHeader(input: Buffer, versionEnd: number, attributes: Attributes): EntryHeader {
  const createdAt = input.readDoubleLE(layout.AT_CREATED);
  const freshUntil = input.readDoubleLE(layout.AT_FRESH_UNTIL);
  const staleUntil = input.readDoubleLE(layout.AT_STALE_UNTIL);
  if (Number.isNaN(createdAt) || Number.isNaN(freshUntil) || Number.isNaN(staleUntil)) {
    throw new Undecodable('A time is not a number.');
  }
  const version = input.toString('latin1', layout.AT_VERSION, versionEnd);
  if (!isVersion(version)) throw new Undecodable('The version is not printable ASCII.');
  const { tags, indexes, loadMillis, contentType, etag, lastModified } = attributes;
  const header: Writable<EntryHeader> = { createdAt, freshUntil, staleUntil, version, tags, indexes };
  if (loadMillis !== undefined) header.loadMillis = loadMillis;
  if (contentType !== undefined) header.contentType = contentType;
  if (etag !== undefined) header.etag = etag;
  if (lastModified !== undefined) header.lastModified = lastModified;
  return header;
}

function isVersion(version: string): boolean {
  return version.length <= layout.MAX_VERSION_LENGTH && /^[\x21-\x7e]*$/.test(version);
}
