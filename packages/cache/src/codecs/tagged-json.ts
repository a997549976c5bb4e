import { hasOwn, isPlainObject, type PlainObject, setOwn } from './plain-object.js';
import { isBinaryKind, kindOf } from './special-kinds.js';

/** The member that makes a JSON object stand for a value that JSON lacks; see spec/envelope.md. */
export const TAG = '$larder';

export function tagged(kind: string, value?: unknown): PlainObject {
  return value === undefined ? { [TAG]: kind } : { [TAG]: kind, value };
}

/** A surveyed value as JSON text. */
export function writeTaggedJson(value: unknown): string {
  return JSON.stringify(toTagged(value));
}

/** The value as a tree that JSON can hold; parts that it can hold as they are stay themselves. */
function toTagged(value: unknown): unknown {
  switch (typeof value) {
    case 'object':
      return value === null ? value : objectToTagged(value);
    case 'number':
      return Object.is(value, -0) ? tagged('number', '-0') : numberToTagged(value);
    case 'bigint':
      return tagged('bigint', value.toString());
    case 'undefined':
      return tagged('undefined');
    default:
      return value;
  }
}

function numberToTagged(value: number): unknown {
  return Number.isFinite(value) ? value : tagged('number', String(value));
}

function objectToTagged(value: object): unknown {
  if (Array.isArray(value)) return arrayToTagged(value);
  if (isPlainObject(value)) return plainToTagged(value);
  return specialToTagged(value);
}

function arrayToTagged(source: readonly unknown[]): unknown[] {
  return Array.from(source, (item, index) =>
    item === undefined && !Object.hasOwn(source, index) ? tagged('hole') : toTagged(item),
  );
}

function plainToTagged(source: PlainObject): PlainObject {
  const target: PlainObject = {};
  for (const key in source) {
    if (hasOwn(source, key)) setOwn(target, key, toTagged(source[key]));
  }
  if (Object.getPrototypeOf(source) === null) return tagged('null-prototype', target);
  return hasOwn(source, TAG) ? tagged('object', target) : target;
}

function specialToTagged(value: object): PlainObject {
  const kind = kindOf(value);
  if (kind === undefined) throw new TypeError('The value was not surveyed.');
  if (isBinaryKind(kind)) return tagged(kind, bytesOf(value as ArrayBuffer | ArrayBufferView).toString('base64'));
  if (kind === 'date') {
    const millis = (value as Date).getTime();
    return tagged(kind, Number.isNaN(millis) ? null : millis);
  }
  if (kind === 'regexp') {
    const { source, flags, lastIndex } = value as RegExp;
    return tagged(kind, [source, flags, lastIndex]);
  }
  if (kind === 'set') return tagged(kind, Array.from(value as Set<unknown>, toTagged));
  return tagged(
    kind,
    Array.from(value as Map<unknown, unknown>, ([key, item]) => [toTagged(key), toTagged(item)]),
  );
}

function bytesOf(value: ArrayBuffer | ArrayBufferView): Buffer {
  if (!ArrayBuffer.isView(value)) return Buffer.from(value);
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}
