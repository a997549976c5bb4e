import { expect } from 'vitest';

/**
 * Stricter than `deepStrictEqual`: prototypes, the order of keys and entries, holes, `-0`, invalid dates and the bytes
 * of every binary kind must be the same. Two values are the same if their fingerprints are.
 */
export function expectSame(actual: unknown, expected: unknown): void {
  expect(fingerprint(actual)).toBe(fingerprint(expected));
}

export function isSame(left: unknown, right: unknown): boolean {
  return fingerprint(left) === fingerprint(right);
}

function fingerprint(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? '-0' : String(value);
  const prototype: unknown = Object.getPrototypeOf(value);
  const name = prototype === null ? 'null' : nameOf(prototype as object);
  return `${name}(${contentsOf(value)})`;
}

const known = [Object, Array, Date, RegExp, Map, Set, ArrayBuffer, DataView, Buffer, Uint8Array, Uint8ClampedArray];
const numeric = [Int8Array, Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array, Float64Array];
const makers = [...known, ...numeric, BigInt64Array, BigUint64Array];

/** Two prototypes never share a name here, whatever their constructors are called. */
function nameOf(prototype: object): string {
  const maker = makers.find((candidate) => candidate.prototype === prototype);
  return maker?.name ?? 'foreign';
}

function contentsOf(value: object): string {
  if (value instanceof Date) return String(value.getTime());
  if (value instanceof RegExp) return `${value} at ${value.lastIndex}`;
  if (value instanceof Map)
    return [...value].map(([key, item]) => `${fingerprint(key)} => ${fingerprint(item)}`).join();
  if (value instanceof Set) return [...value].map(fingerprint).join();
  if (value instanceof ArrayBuffer) return Buffer.from(value).toString('hex');
  if (ArrayBuffer.isView(value)) return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex');
  const length = Array.isArray(value) ? `${value.length}: ` : '';
  return (
    length +
    Object.entries(value)
      .map(([key, item]) => `${JSON.stringify(key)}: ${fingerprint(item)}`)
      .join()
  );
}
