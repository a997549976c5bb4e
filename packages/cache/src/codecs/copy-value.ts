import { copySpecial } from './copy-special.js';
import { emptyLike, hasOwn, isPlainObject, type PlainObject, setOwn } from './plain-object.js';
import { kindOf } from './special-kinds.js';

/**
 * A value that its holder may change without reaching the cached one. It takes what `surveyValue` or a decoder with
 * `freeze` made: frozen parts that hold nothing mutable are shared, everything else is fresh.
 */
export function copyValue<T>(value: T): T {
  return copyMutable(value) as T;
}

function copyMutable(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return copyArray(value);
  if (isPlainObject(value)) return copyPlain(value);
  const kind = kindOf(value);
  return kind === undefined ? value : copySpecial(value, kind, copyMutable);
}

function copyArray(source: readonly unknown[]): unknown {
  let target: unknown[] | undefined;
  for (let index = 0; index < source.length; index += 1) {
    const item = source[index];
    const copy = copyMutable(item);
    if (isSame(copy, item)) continue;
    target ??= source.slice();
    target[index] = copy;
  }
  return target === undefined ? source : Object.freeze(target);
}

function copyPlain(source: PlainObject): unknown {
  const target = emptyLike(source);
  let isFresh = false;
  for (const key in source) {
    if (!hasOwn(source, key)) continue;
    const item = source[key];
    const copy = copyMutable(item);
    if (!isSame(copy, item)) isFresh = true;
    setOwn(target, key, copy);
  }
  return isFresh ? Object.freeze(target) : source;
}

/** As `===` for references; a copied primitive is always the same. */
function isSame(copy: unknown, item: unknown): boolean {
  return copy === item || typeof item !== 'object';
}
