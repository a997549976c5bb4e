import { isUtf8 } from 'node:buffer';
import { UnsupportedValueError } from '../errors.js';
import { freezeJson } from './freeze-json.js';
import { type DecodeWalk, reviveTagged } from './revive-tagged.js';
import * as size from './size-estimate.js';
import { kindOf } from './special-kinds.js';
import { surveyValue } from './survey-value.js';
import { writeTaggedJson } from './tagged-json.js';
import { failure, Undecodable } from './undecodable.js';

/** `none`: there is no value yet, somebody loads it. */
export type PayloadFormat = 'json' | 'tagged-json' | 'text' | 'bytes' | 'none';

/** A value as it travels. Text stays a string until it is written into the envelope. */
export interface EncodedValue {
  readonly format: PayloadFormat;
  readonly payload: string | Uint8Array;
  /** The bytes are a Node `Buffer`, not a plain `Uint8Array`. */
  readonly isBuffer?: boolean;
}

export interface DecodeOptions {
  /** Freeze plain objects and arrays deeply. */
  readonly freeze: boolean;
}

/** `size` is what `surveyValue` would estimate; without `freeze` it is guessed from the payload's length. */
export type DecodedValue =
  | { readonly ok: true; readonly value: unknown; readonly isMutable: boolean; readonly size: number }
  | { readonly ok: false; readonly reason: string };

/** `isPlainJson` is what `surveyValue` found; without it the value is surveyed here. */
export function encodeValue(
  value: unknown,
  isPlainJson = surveyValue(value, { copy: false }).isPlainJson,
): EncodedValue {
  try {
    if (typeof value === 'string') return encodeString(value);
    if (isPlainJson) return { format: 'json', payload: JSON.stringify(value), isBuffer: false };
    const kind = typeof value === 'object' && value !== null ? kindOf(value) : undefined;
    if (kind === 'buffer' || kind === 'uint8-array') {
      return { format: 'bytes', payload: value as Uint8Array, isBuffer: kind === 'buffer' };
    }
    return { format: 'tagged-json', payload: writeTaggedJson(value), isBuffer: false };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UnsupportedValueError(
      'value',
      'is too large, or nested too deeply, to be encoded as text. Split it, or cache bytes.',
    );
  }
}

/** UTF-8 has no lone surrogates; JSON escapes them. */
function encodeString(value: string): EncodedValue {
  if (isWellFormed(value)) return { format: 'text', payload: value, isBuffer: false };
  return { format: 'json', payload: JSON.stringify(value), isBuffer: false };
}

function isWellFormed(text: string): boolean {
  return (text as string & { isWellFormed(): boolean }).isWellFormed();
}

/** Never throws. Bytes are not copied: the value shares its memory with the payload. */
export function decodeValue(encoded: EncodedValue, options: DecodeOptions): DecodedValue {
  const { format, payload, isBuffer } = encoded;
  if (typeof payload !== 'string') return decodePayload(format, payload, 0, isBuffer === true, options);
  if (format === 'bytes') return decodePayload(format, Buffer.from(payload), 0, isBuffer === true, options);
  try {
    return decodeText(format, payload, options);
  } catch (thrown) {
    return failure(thrown);
  }
}

/** As {@link decodeValue}, of the payload that begins at `from`. */
export function decodePayload(
  format: PayloadFormat,
  bytes: Uint8Array,
  from: number,
  isBuffer: boolean,
  options: DecodeOptions,
): DecodedValue {
  try {
    if (format === 'bytes') return decodeBytes(viewOf(bytes).subarray(from), isBuffer);
    return decodeText(format, textOf(bytes, from), options);
  } catch (thrown) {
    return failure(thrown);
  }
}

function decodeText(format: PayloadFormat, text: string, options: DecodeOptions): DecodedValue {
  if (format === 'none') throw new Undecodable('There is no value.');
  if (format === 'text') return { ok: true, value: text, isMutable: false, size: size.stringBytes(text) };
  const tree: unknown = JSON.parse(text);
  if (format === 'json') {
    const bytes = options.freeze ? freezeJson(tree) : size.stringBytes(text);
    return { ok: true, value: tree, isMutable: false, size: bytes };
  }
  const walk: DecodeWalk = { freeze: options.freeze, isMutable: false, size: 0 };
  const value = reviveTagged(tree, walk);
  return { ok: true, value, isMutable: walk.isMutable, size: walk.size };
}

/** Decoding puts U+FFFD for what is not UTF-8: only text that has it needs the second look. */
function textOf(payload: Uint8Array, from: number): string {
  const text = viewOf(payload).toString('utf8', from);
  if (text.includes('\ufffd') && !isUtf8(payload.subarray(from))) throw new Undecodable('The payload is not UTF-8.');
  return text;
}

function decodeBytes(view: Buffer, isBuffer: boolean): DecodedValue {
  const value = isBuffer ? view : new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  return { ok: true, value, isMutable: true, size: size.BINARY_BYTES + view.byteLength };
}

/** The same bytes with the methods of a Buffer. */
export function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
