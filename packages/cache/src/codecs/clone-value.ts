import { copySpecial } from './copy-special.js';
import { emptyLike, hasOwn, isPlainObject, type PlainObject, setOwn } from './plain-object.js';
import { kindOf } from './special-kinds.js';

/** A copy of a surveyed value that shares nothing with it and is not frozen anywhere. */
export function cloneValue<T>(value: T): T {
  return clone(value) as T;
}

function clone(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return cloneArray(value);
  if (isPlainObject(value)) return clonePlain(value);
  const kind = kindOf(value);
  return kind === undefined ? value : copySpecial(value, kind, clone);
}

/** A slice keeps holes where they are. */
function cloneArray(source: readonly unknown[]): unknown[] {
  const target = source.slice();
  for (const [index, item] of source.entries()) {
    if (typeof item === 'object') target[index] = clone(item);
  }
  return target;
}

function clonePlain(source: PlainObject): PlainObject {
  const target = emptyLike(source);
  for (const key in source) {
    if (hasOwn(source, key)) setOwn(target, key, clone(source[key]));
  }
  return target;
}
