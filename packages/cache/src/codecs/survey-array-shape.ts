import { inspect } from 'node:util';
import { problemOf, Refusal } from './refusal.js';
import { MAX_HOLES } from './value-limits.js';

/** Listing the keys of a longer array costs more than copying it. */
const LISTED_ITEMS = 128;

/** Refuses arrays that would lose something; answers whether there are holes. */
export function surveyArrayShape(array: readonly unknown[]): boolean {
  if (!hasArrayPrototype(array)) throw new Refusal(array, problemOf(array));
  const holes = countHoles(array);
  if (array.length <= LISTED_ITEMS || !looksBare(array, holes)) refuseNamedProperties(array, holes);
  return holes > 0;
}

function hasArrayPrototype(array: object): boolean {
  const prototype = Object.getPrototypeOf(array) as object | null;
  if (prototype === Array.prototype) return true;
  if (!Array.isArray(prototype)) return false;
  const base = Object.getPrototypeOf(prototype) as object | null;
  return base !== null && Object.getPrototypeOf(base) === null;
}

function countHoles(array: readonly unknown[]): number {
  let holes = 0;
  for (let index = 0; index < array.length; index += 1) {
    if (array[index] !== undefined || Object.hasOwn(array, index)) continue;
    holes += 1;
    if (holes > MAX_HOLES) {
      const problem = `is an array with more than ${MAX_HOLES.toLocaleString('en')} holes. Use a Map or an object instead`;
      throw new Refusal(array, problem);
    }
  }
  return holes;
}

/** `inspect` can leave out the items: it is the only way to look for named properties that does not list all keys. */
function looksBare(array: readonly unknown[], holes: number): boolean {
  if (holes > 0) return false;
  const options = { maxArrayLength: 0, maxStringLength: 0, depth: 0, customInspect: false };
  return inspect(array, options) === inspect(new Array(array.length), options);
}

function refuseNamedProperties(array: readonly unknown[], holes: number): void {
  const keys = Object.keys(array);
  if (keys.length === array.length - holes) return;
  const name = JSON.stringify(keys[array.length - holes]);
  throw new Refusal(array, `is an array with the named property ${name}. Make it a plain object, or Array.from(array)`);
}
