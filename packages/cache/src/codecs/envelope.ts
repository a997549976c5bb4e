import type { Entry } from '../contracts/entry.js';
import type { Millis } from '../contracts/time.js';
import { entryOf } from './entry-of.js';
import { attributesLength, writeAttributes } from './envelope-attributes.js';
import { EnvelopeHead } from './envelope-head.js';
import * as layout from './envelope-layout.js';
import { failure } from './undecodable.js';
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
  if (version.length > layout.MAX_VERSION_LENGTH) throw badVersion();
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
  writeVersion(output, version);
  if (payloadAt > attributesAt) writeAttributes(output, attributesAt, header);
  if (typeof payload !== 'string') output.set(payload, payloadAt);
  else output.write(payload, payloadAt, payloadLength === payload.length ? 'latin1' : 'utf8');
  return output;
}

/** Checks and writes it in one walk: a regular expression, and a call out of compiled code, cost three times as much. */
function writeVersion(output: Buffer, version: string): void {
  for (let at = 0; at < version.length; at++) {
    const code = version.charCodeAt(at);
    if (code < 0x21 || code > 0x7e) throw badVersion();
    output[layout.AT_VERSION + at] = code;
  }
}

function badVersion(): RangeError {
  return new RangeError('A version is at most 255 printable ASCII characters without spaces.');
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

/** As {@link decodeEnvelope}, for those who make of it no more than they need. Never throws. */
export function readHead(bytes: Uint8Array): EnvelopeHead | { readonly ok: false; readonly reason: string } {
  try {
    return new EnvelopeHead(viewOf(bytes));
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
  const entry = entryOf(decoded.value, header.version, header, header);
  return { ok: true, entry, isMutable: decoded.isMutable, size: decoded.size };
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
  const head = new EnvelopeHead(input);
  const { format, isBuffer, wrapping, payloadAt } = head;
  const encoded = { format, payload: input.subarray(payloadAt), isBuffer };
  return { ok: true, header: headerOf(head), encoded, wrapping };
}

function headerOf({ createdAt, freshUntil, staleUntil, version, attributes }: EnvelopeHead): EntryHeader {
  const { tags, indexes, loadMillis, contentType, etag, lastModified } = attributes;
  const header: Writable<EntryHeader> = { createdAt, freshUntil, staleUntil, version, tags, indexes };
  if (loadMillis !== undefined) header.loadMillis = loadMillis;
  if (contentType !== undefined) header.contentType = contentType;
  if (etag !== undefined) header.etag = etag;
  if (lastModified !== undefined) header.lastModified = lastModified;
  return header;
}

type Writable<Fields> = { -readonly [Name in keyof Fields]: Fields[Name] };
