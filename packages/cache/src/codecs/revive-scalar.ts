import * as size from './size-estimate.js';
import { type BinaryKind, type TypedArray, typedArrayOf } from './special-kinds.js';
import { Undecodable } from './undecodable.js';

const numbers: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
  '-0': -0,
};

/** The kinds whose value holds no other values. */
export function reviveScalar(kind: string, value: unknown, walk: { size: number }): unknown {
  if (kind === 'number' && typeof value === 'string' && Object.hasOwn(numbers, value)) {
    walk.size += size.primitiveBytes(numbers[value]);
    return numbers[value];
  }
  if (kind === 'bigint' && typeof value === 'string' && /^(0|-?[1-9]\d*)$/.test(value)) {
    const bigint = BigInt(value);
    walk.size += size.bigintBytes(bigint);
    return bigint;
  }
  if (kind === 'date') return reviveDate(value, walk);
  if (kind === 'regexp') return reviveRegExp(value, walk);
  throw new Undecodable('A tagged object has an unknown kind, or a value that its kind cannot have.');
}

function reviveDate(value: unknown, walk: { size: number }): Date {
  const date = new Date(typeof value === 'number' ? value : Number.NaN);
  if (value !== null && !Object.is(date.getTime(), value)) throw new Undecodable('A date is out of range.');
  walk.size += size.DATE_BYTES;
  return date;
}

function reviveRegExp(value: unknown, walk: { size: number }): RegExp {
  const [source, flags, lastIndex] = Array.isArray(value) && value.length === 3 ? (value as unknown[]) : [];
  const isIndex = Number.isSafeInteger(lastIndex) && (lastIndex as number) >= 0;
  if (typeof source !== 'string' || typeof flags !== 'string' || !isIndex)
    throw new Undecodable('A regexp is malformed.');
  const regexp = new RegExp(source, flags);
  regexp.lastIndex = lastIndex as number;
  walk.size += size.REGEXP_BYTES + size.stringBytes(source);
  return regexp;
}

export function reviveBinary(kind: BinaryKind, value: unknown, walk: { size: number }): object {
  const { buffer } = decodeBase64(value);
  walk.size += size.BINARY_BYTES + buffer.byteLength;
  if (kind === 'array-buffer') return buffer;
  if (kind === 'data-view') return new DataView(buffer);
  if (kind === 'buffer') return Buffer.from(buffer);
  return new (typedArrayOf(kind) as new (buffer: ArrayBuffer) => TypedArray)(buffer);
}

/** Into memory of its own, aligned for every element size. */
function decodeBase64(value: unknown): Uint8Array<ArrayBuffer> {
  if (typeof value !== 'string' || value.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(value)) {
    throw new Undecodable('Binary data is not base64.');
  }
  return new Uint8Array(Buffer.from(value, 'base64'));
}
