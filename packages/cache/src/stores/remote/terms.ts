import { createHash } from 'node:crypto';
import type { IndexTerms } from '../../contracts/entry.js';
import { escapedName } from './names.js';

/** What the service surely takes, in characters and in bytes. */
const longestTerm = 128;

/** A name or value of an index as the service takes it: what is long, empty, refused, or like a digest becomes one. */
export function termOf(text: string): string {
  const term = escapedName(text);
  const isTaken = term !== '' && term.length <= longestTerm && Buffer.byteLength(term) <= 2 * longestTerm;
  if (isTaken && !term.startsWith(digestMark) && term !== '__proto__') return term;
  return digestMark + createHash('sha256').update(text).digest('base64url');
}

const digestMark = '#';

export function termsOf(terms: IndexTerms): Record<string, string> {
  return Object.fromEntries(Object.entries(terms).map(([name, value]) => [termOf(name), termOf(value)]));
}
