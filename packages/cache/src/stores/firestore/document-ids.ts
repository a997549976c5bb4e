import { createHash } from 'node:crypto';
import { refuseTooLongKey } from './limits.js';

/**
 * The id of a key's document: the key itself behind a mark, with what an id may not hold escaped. Ids so have the order
 * of their keys, and what a prefix begins is one range: listings, also those of one term, need no index beyond
 * Firestore's own. The mark keeps ids apart from `.`, `..` and `__name__`, and from documents of others.
 */
const mark = '=';

/** Firestore's limit is 1,500. Longer keys are cut here, and told apart by a hash. */
const longestVerbatim = 1400;
/** A cut is up to three bytes before the limit, so that no character is split: within this, prefixes are whole. */
const longestRangeStart = 1390;

export function documentId(key: string): string {
  refuseTooLongKey(key);
  const id = mark + escaped(key);
  if (Buffer.byteLength(id) <= longestVerbatim) return id;
  // Longer than every verbatim id, so never the same as one.
  const hash = createHash('sha256').update(key).digest('base64url');
  return `${cutTo(id, longestVerbatim)}~${hash}`;
}

export function isDocumentOfStore(id: string): boolean {
  return id.startsWith(mark);
}

/** From `start` to before `end`: the ids of all keys with the prefix. Where that is very long, those of others too. */
export function rangeOfPrefix(prefix: string): { readonly start: string; readonly end: string } {
  refuseTooLongKey(prefix);
  const start = cutTo(mark + escaped(prefix), longestRangeStart);
  return { start, end: firstAfter(start) };
}

function escaped(key: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what must be escaped
  return key.replace(/[%/\u0000-\u001f\u007f]/g, (character) => {
    return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
  });
}

/** Without splitting a character, nor an escape: a part of one would be a prefix of other keys' ids. */
function cutTo(id: string, bytes: number): string {
  if (Buffer.byteLength(id) <= bytes) return id;
  let used = 0;
  let cut = '';
  for (const unit of id.match(/%[0-9A-F]{2}|./gsu) ?? []) {
    used += Buffer.byteLength(unit);
    if (used > bytes) break;
    cut += unit;
  }
  return cut;
}

/** The first text, in the order of code points, after everything that begins with `start`. The mark has a successor. */
function firstAfter(start: string): string {
  const characters = [...start];
  for (;;) {
    const last = characters.pop()?.codePointAt(0) ?? 0;
    if (last === 0x10ffff) continue;
    const next = last === 0xd7ff ? 0xe000 : last + 1;
    return characters.join('') + String.fromCodePoint(next);
  }
}
