import { createHash } from 'node:crypto';
import type { IndexTerms } from '../../contracts/entry.js';

/** Firestore indexes the first 1,500 bytes of a value, and takes longer ones with the same beginning for equal. */
const longestVerbatim = 1400;

/**
 * `name:value`, as anybody may look for it with `array-contains`. A colon in the name is escaped, so that the first one
 * is the border; what is too long for the index stands there as a hash.
 */
export function termText(name: string, value: string): string {
  const text = `${name.replace(/[%:#]/g, encodeURIComponent)}:${value}`;
  if (Buffer.byteLength(text) <= longestVerbatim) return text;
  // No name begins with this sign: it would be escaped.
  return `#${createHash('sha256').update(text).digest('base64url')}`;
}

export function termTexts(indexes: IndexTerms): string[] {
  return Object.entries(indexes).map(([name, value]) => termText(name, value));
}
