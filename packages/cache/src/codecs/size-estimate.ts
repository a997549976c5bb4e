/**
 * Estimates of V8's heap bytes on 64 bits. Cheap and the same on every run; strings are counted at two bytes a
 * character, which is the most they take, so that a memory limit is a ceiling.
 */
export const SLOT_BYTES = 8;
export const ARRAY_BYTES = 48;
export const COLLECTION_BYTES = 96;
export const COLLECTION_ENTRY_BYTES = 40;
export const DATE_BYTES = 96;
export const REGEXP_BYTES = 256;
export const BINARY_BYTES = 208;

const NUMBER_BYTES = 16;
const STRING_BYTES = 24;
const BIGINT_BYTES = 24;
const OBJECT_BYTES = 56;
const WIDE_OBJECT_BYTES = 152;
const HASHED_PROPERTY_BYTES = 64;

/** Copies with more keys than this have reserved slots (plain-object.ts). */
const NARROW_KEYS = 16;
/** Objects with more keys than this are hash tables, which own their keys; smaller ones share them with their shape. */
export const SHAPED_KEYS = 44;

/** Of a plain object with so many keys, without what they hold. */
export function objectBytes(keys: number): number {
  if (keys > SHAPED_KEYS) return OBJECT_BYTES + HASHED_PROPERTY_BYTES * keys;
  return (keys > NARROW_KEYS ? WIDE_OBJECT_BYTES : OBJECT_BYTES) + SLOT_BYTES * keys;
}

export function stringBytes(text: string): number {
  return STRING_BYTES + 2 * text.length;
}

/** Integers of 32 bits live in the slot that holds them. */
export function numberBytes(value: number): number {
  return (value | 0) === value ? 0 : NUMBER_BYTES;
}

/** Of what is not an object; `null`, booleans and `undefined` live in the slot that holds them. */
export function primitiveBytes(value: unknown): number {
  if (typeof value === 'string') return stringBytes(value);
  return typeof value === 'number' ? numberBytes(value) : 0;
}

export function bigintBytes(value: bigint): number {
  if (BigInt.asIntN(64, value) === value) return BIGINT_BYTES;
  return BIGINT_BYTES + Math.ceil(value.toString(16).length / 2);
}
