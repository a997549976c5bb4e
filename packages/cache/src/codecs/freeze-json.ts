import { hasOwn, type PlainObject } from './plain-object.js';
import * as size from './size-estimate.js';
import { Undecodable } from './undecodable.js';
import { MAX_DEPTH } from './value-limits.js';

/** Freezes what JSON.parse made, deeply, and answers the estimated bytes of heap that it takes. */
export function freezeJson(value: unknown, depth = 1): number {
  if (typeof value !== 'object' || value === null) return size.primitiveBytes(value);
  if (depth > MAX_DEPTH) throw new Undecodable('The value is nested too deeply.');
  if (Array.isArray(value)) {
    let bytes = size.ARRAY_BYTES + size.SLOT_BYTES * value.length;
    for (const item of value) bytes += freezeJson(item, depth + 1);
    Object.freeze(value);
    return bytes;
  }
  return freezeMembers(value as PlainObject, depth);
}

function freezeMembers(object: PlainObject, depth: number): number {
  let bytes = 0;
  let count = 0;
  for (const key in object) {
    if (!hasOwn(object, key)) continue;
    count += 1;
    bytes += freezeJson(object[key], depth + 1);
    if (count > size.SHAPED_KEYS) bytes += size.stringBytes(key);
  }
  Object.freeze(object);
  return bytes + size.objectBytes(count);
}
