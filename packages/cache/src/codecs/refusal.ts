import { types } from 'node:util';
import { UnsupportedValueError } from '../errors.js';
import { MAX_DEPTH } from './value-limits.js';

const SHOWN_STEPS = 8;

/** Thrown inside a walk; every container that it passes on its way out adds where it came through. */
export class Refusal {
  readonly culprit: unknown;
  readonly problem: string;
  readonly steps: { readonly container: object; readonly step: string }[] = [];

  constructor(culprit: unknown, problem: string) {
    this.culprit = culprit;
    this.problem = problem;
  }
}

export function tooDeep(value: object): Refusal {
  return new Refusal(value, `is nested deeper than ${MAX_DEPTH.toLocaleString('en')} levels. Flatten the value`);
}

/** For a `catch` around a container's items. */
export function passedThrough(thrown: unknown, container: object, step: string): unknown {
  if (thrown instanceof Refusal) thrown.steps.push({ container, step });
  return thrown;
}

/** For the `catch` around the whole walk: errors of the caller's own accessors stay what they are. */
export function asUnsupportedValue(thrown: unknown): unknown {
  if (isStackOverflow(thrown)) return new UnsupportedValueError('value', 'is nested too deeply. Flatten the value.');
  if (!(thrown instanceof Refusal)) return thrown;
  const steps = thrown.steps.reverse();
  const containers = [...steps.map((passed) => passed.container), thrown.culprit];
  const seen = new Set<unknown>();
  const repeated = containers.findIndex((container) => seen.size === seen.add(container).size);
  const names = steps.map((passed) => passed.step);
  if (repeated > 0 && typeof containers[repeated] === 'object') {
    const problem =
      'refers back to an object that contains it. Remove the cycle, for example by keeping an id instead.';
    return new UnsupportedValueError(pathOf(names.slice(0, repeated)), problem);
  }
  return new UnsupportedValueError(pathOf(names), `${thrown.problem}.`);
}

/** Only when the caller had used up most of the stack: the limit on depth leaves room on a stack of the usual size. */
function isStackOverflow(thrown: unknown): boolean {
  return thrown instanceof RangeError && thrown.message.includes('call stack');
}

function pathOf(names: readonly string[]): string {
  const shown = names.length > SHOWN_STEPS ? [...names.slice(0, SHOWN_STEPS), '…'] : names;
  return `value${shown.join('')}`;
}

export function propertyStep(key: string): string {
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}

export function mapValueStep(key: unknown, position: number): string {
  const isShort = typeof key === 'number' || (typeof key === 'string' && key.length <= 40);
  return `.get(${isShort ? JSON.stringify(key) : `key ${position}`})`;
}

/** Why a value cannot be kept, and what to do instead: the end of a sentence that begins with its path. */
export function problemOf(value: unknown): string {
  if (typeof value === 'function') return 'is a function, which cannot be kept. Cache the data that it works on';
  if (typeof value === 'symbol') return 'is a symbol, which cannot be kept. Use a string instead';
  if (typeof value !== 'object' || value === null) return 'is undefined, which means "not cached". Cache null instead';
  if (isThenable(value)) return 'is a promise. Await it first, and cache what it resolves to';
  if (types.isNativeError(value)) return 'is an Error. Cache a plain object with the name and message instead';
  if (types.isSharedArrayBuffer(value)) return 'is a SharedArrayBuffer. Cache a copy: new Uint8Array(buffer).slice()';
  if (types.isBoxedPrimitive(value)) return 'is a boxed primitive. Cache what its valueOf() returns instead';
  if (value instanceof URL) return 'is a URL. Cache its href instead';
  if (types.isWeakMap(value) || types.isWeakSet(value)) return 'is weak, so it cannot be listed. Cache a Map or a Set';
  if (Array.isArray(value)) return 'is an array of a class of its own. Make a plain one first: Array.from(array)';
  return `is an instance of ${classNameOf(value)}. Convert it to a plain object first, for example { ...object }`;
}

/** Also for objects: a `then` method would be refused as a function, which would not tell what is wrong. */
export function isThenable(value: object): boolean {
  return types.isPromise(value) || typeof (value as { then?: unknown }).then === 'function';
}

function classNameOf(value: object): string {
  const made: unknown = (value as { constructor?: unknown }).constructor;
  const name = typeof made === 'function' && made !== Object ? made.name : '';
  return name === '' ? 'a class' : `the class ${name}`;
}
