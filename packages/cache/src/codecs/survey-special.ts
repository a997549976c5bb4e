import { copySpecial } from './copy-special.js';
import { mapValueStep, passedThrough, problemOf, Refusal } from './refusal.js';
import * as size from './size-estimate.js';
import { isBinaryKind, kindOf } from './special-kinds.js';

interface SpecialWalk {
  isPlainJson: boolean;
  isMutable: boolean;
  size: number;
}

type SurveyInner = (inner: unknown) => unknown;

/** The part of a survey that is about values which are neither plain objects nor arrays: all of them are mutable. */
export function surveySpecial(value: object, walk: SpecialWalk, copy: boolean, surveyInner: SurveyInner): object {
  const kind = kindOf(value);
  if (kind === undefined) throw new Refusal(value, problemOf(value));
  walk.isPlainJson = false;
  walk.isMutable = true;
  if (isBinaryKind(kind)) {
    walk.size += size.BINARY_BYTES + binaryLength(value);
    return copy ? copySpecial(value, kind, surveyInner) : value;
  }
  refuseNamedProperties(value);
  if (kind === 'map') return surveyMap(value as Map<unknown, unknown>, walk, copy, surveyInner);
  if (kind === 'set') return surveySet(value as Set<unknown>, walk, copy, surveyInner);
  if (kind === 'regexp') refuseOddLastIndex(value as RegExp);
  walk.size += kind === 'date' ? size.DATE_BYTES : size.REGEXP_BYTES + size.stringBytes((value as RegExp).source);
  return copy ? copySpecial(value, kind, surveyInner) : value;
}

function surveyMap(source: Map<unknown, unknown>, walk: SpecialWalk, copy: boolean, surveyInner: SurveyInner): object {
  const target = new Map<unknown, unknown>();
  let step = '';
  try {
    for (const [key, item] of source) {
      step = `.keys()[${target.size}]`;
      const keyCopy = surveyInner(key);
      step = mapValueStep(key, target.size);
      target.set(keyCopy, surveyInner(item));
    }
  } catch (thrown) {
    throw passedThrough(thrown, source, step);
  }
  walk.size += size.COLLECTION_BYTES + size.COLLECTION_ENTRY_BYTES * source.size;
  return copy ? target : source;
}

function surveySet(source: Set<unknown>, walk: SpecialWalk, copy: boolean, surveyInner: SurveyInner): object {
  const target = new Set<unknown>();
  try {
    for (const item of source) target.add(surveyInner(item));
  } catch (thrown) {
    throw passedThrough(thrown, source, `.values()[${target.size}]`);
  }
  walk.size += size.COLLECTION_BYTES + size.COLLECTION_ENTRY_BYTES * source.size;
  return copy ? target : source;
}

function refuseNamedProperties(value: object): void {
  const name = Object.keys(value)[0] ?? Object.getOwnPropertySymbols(value)[0];
  if (name === undefined) return;
  throw new Refusal(value, `has the added property ${String(name)}, which cannot be kept. Use a plain object`);
}

function refuseOddLastIndex(value: RegExp): void {
  if (Number.isSafeInteger(value.lastIndex) && value.lastIndex >= 0 && !Object.is(value.lastIndex, -0)) return;
  throw new Refusal(value, 'is a RegExp whose lastIndex is no whole number. Set it to 0');
}

function binaryLength(value: object): number {
  try {
    const { byteLength } = value as ArrayBuffer;
    const buffer = ArrayBuffer.isView(value) ? value.buffer : (value as ArrayBuffer);
    if (byteLength === 0) new Uint8Array(buffer);
    return byteLength;
  } catch {
    throw new Refusal(value, 'is detached: its bytes were transferred elsewhere. Cache it before the transfer');
  }
}
