import { InvalidKeyError } from '../errors.js';

/** The longest key, in UTF-16 code units; a store may take less (its `limits.keyBytes`). */
export const longestKey = 8_192;

/**
 * Keys are compared as they are, without normalisation.
 *
 * @throws InvalidKeyError unless the key is well-formed text of 1 to 8,192 characters. A lone surrogate has no UTF-8
 * form of its own: two such keys would meet in a store.
 */
export function checkKey(key: unknown): asserts key is string {
  if (typeof key === 'string' && key !== '' && key.length <= longestKey && key.isWellFormed()) return;
  throw new InvalidKeyError(problemOf(key));
}

function problemOf(key: unknown): string {
  if (typeof key !== 'string') return `A key must be a string, and this is ${article(key)}: write String(key).`;
  if (key === '') return 'A key must not be empty.';
  if (key.length > longestKey)
    return `A key has at most ${longestKey} characters, and this has ${key.length}: hash it.`;
  return 'A key must be well-formed Unicode, and this holds half of a surrogate pair.';
}

function article(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
