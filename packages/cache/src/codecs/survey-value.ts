import { emptyLike, hasOwn, isPlainPrototype, type PlainObject, setOwn } from './plain-object.js';
import { asUnsupportedValue, isThenable, passedThrough, problemOf, propertyStep, Refusal, tooDeep } from './refusal.js';
import * as size from './size-estimate.js';
import { surveyArrayShape } from './survey-array-shape.js';
import { surveySpecial } from './survey-special.js';
import { MAX_DEPTH } from './value-limits.js';

/** What one walk over a value found. */
export interface ValueSurvey {
  /** The deep, frozen copy, or without `copy` the value itself. */
  readonly value: unknown;
  /** JSON brings the value back as it is. */
  readonly isPlainJson: boolean;
  /** It holds something that `Object.freeze` cannot protect: hand it out through `copyValue`. */
  readonly isMutable: boolean;
  /** The estimated bytes of heap that the value takes; see size-estimate.ts. */
  readonly size: number;
}

export interface SurveyOptions {
  readonly copy: boolean;
  /** Symbol keys are lost in a copy and in bytes, but not where the value itself is kept: looking for them is slow. */
  readonly keepsSymbolKeys?: boolean;
}

/** A survey under way. */
interface Walk {
  readonly keepsSymbolKeys: boolean;
  value: unknown;
  isPlainJson: boolean;
  isMutable: boolean;
  size: number;
}

/**
 * Judges, measures and (with `copy`) copies and freezes a value that is about to be cached, in one walk.
 * Throws an `UnsupportedValueError` if the value would not come back as it went in. Never changes the value.
 */
export function surveyValue(value: unknown, { copy, keepsSymbolKeys = false }: SurveyOptions): ValueSurvey {
  const walk: Walk = { keepsSymbolKeys, value, isPlainJson: true, isMutable: false, size: 0 };
  // Much of what is cached is text, of which there is nothing to refuse: a twentieth of such a write is saved here.
  if (typeof value === 'string') {
    walk.size = size.stringBytes(value);
    return walk;
  }
  try {
    if (value === undefined) throw new Refusal(value, problemOf(value));
    walk.value = survey(value, walk, copy, 1);
  } catch (thrown) {
    throw asUnsupportedValue(thrown);
  }
  return walk;
}

function survey(value: unknown, walk: Walk, copy: boolean, depth: number): unknown {
  if (typeof value === 'object' && value !== null) return surveyObject(value, walk, copy, depth);
  surveyPrimitive(value, walk);
  return value;
}

/** Apart from objects, so that the engine can inline it into the loops over their items. */
function surveyPrimitive(value: unknown, walk: Walk): void {
  if (typeof value === 'string') {
    walk.size += size.stringBytes(value);
  } else if (typeof value === 'number') {
    walk.size += size.numberBytes(value);
    if (value === 0 ? 1 / value < 0 : !Number.isFinite(value)) walk.isPlainJson = false;
  } else if (typeof value === 'bigint') {
    walk.isPlainJson = false;
    walk.size += size.bigintBytes(value);
  } else if (value === undefined) {
    walk.isPlainJson = false;
  } else if (typeof value !== 'boolean' && value !== null) {
    throw new Refusal(value, problemOf(value));
  }
}

function surveyObject(value: object, walk: Walk, copy: boolean, depth: number): unknown {
  if (depth > MAX_DEPTH) throw tooDeep(value);
  if (Array.isArray(value)) return surveyArray(value, walk, copy, depth);
  // Asked once for all: it is a call out of compiled code.
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (isPlainPrototype(prototype)) return surveyPlain(value as PlainObject, prototype, walk, copy, depth);
  const surveyInner = (inner: unknown) => survey(inner, walk, copy, depth + 1);
  return surveySpecial(value, walk, copy, surveyInner);
}

function surveyPlain(
  source: PlainObject,
  prototype: object | null,
  walk: Walk,
  copy: boolean,
  depth: number,
): PlainObject {
  const target = copy ? emptyLike(source, prototype) : source;
  let step = '';
  let count = 0;
  try {
    for (const key in source) {
      if (!hasOwn(source, key)) continue;
      step = key;
      count += 1;
      let item = source[key];
      if (typeof item !== 'object' || item === null) surveyPrimitive(item, walk);
      else item = surveyObject(item, walk, copy, depth + 1);
      if (count > size.SHAPED_KEYS) walk.size += size.stringBytes(key);
      if (copy) setOwn(target, key, item);
    }
  } catch (thrown) {
    if (step === 'then' && isThenable(source)) throw new Refusal(source, problemOf(source));
    throw passedThrough(thrown, source, propertyStep(step));
  }
  if (!walk.keepsSymbolKeys) refuseSymbolKeys(source);
  if (prototype === null) walk.isPlainJson = false;
  walk.size += size.objectBytes(count);
  return copy ? Object.freeze(target) : target;
}

/** Of this realm: the array's own method would make an array of its realm. */
const sliceArray = Array.prototype.slice as (this: readonly unknown[]) => unknown[];

function surveyArray(source: readonly unknown[], walk: Walk, copy: boolean, depth: number): readonly unknown[] {
  if (surveyArrayShape(source)) walk.isPlainJson = false;
  if (!walk.keepsSymbolKeys) refuseSymbolKeys(source);
  const items = copy ? sliceArray.call(source) : source;
  let index = 0;
  try {
    for (; index < items.length; index += 1) {
      const item = items[index];
      if (typeof item !== 'object' || item === null) surveyPrimitive(item, walk);
      else if (copy) (items as unknown[])[index] = surveyObject(item, walk, copy, depth + 1);
      else surveyObject(item, walk, copy, depth + 1);
    }
  } catch (thrown) {
    throw passedThrough(thrown, source, `[${index}]`);
  }
  walk.size += size.ARRAY_BYTES + size.SLOT_BYTES * items.length;
  return copy ? Object.freeze(items) : items;
}

function refuseSymbolKeys(source: object): void {
  const symbols = Object.getOwnPropertySymbols(source);
  if (symbols.length === 0) return;
  const symbol = symbols.find((candidate) => Object.prototype.propertyIsEnumerable.call(source, candidate));
  if (symbol) throw new Refusal(source, `has the symbol key ${String(symbol)}, which cannot be kept. Use a string key`);
}
