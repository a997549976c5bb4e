import { hash } from 'node:crypto';
import { InvalidKeyError } from '../../errors.js';

/*
 * Where things stand in the table (docs/decisions/0012): its key is `pk` and `sk`, both text.
 *
 * |              | pk                                     | sk                                 |
 * |--------------|----------------------------------------|------------------------------------|
 * | an entry     | prefix, `#e`, two digits of its bucket | its key                            |
 * | an index row | prefix, `#i`, digest of the term       | its key, then the row's generation |
 *
 * The letters belong to this layout; another one has others. No prefix can make two of these meet: what follows it
 * has a fixed length, and a digest has no `#`.
 */
export interface ItemKey {
  readonly pk: string;
  readonly sk: string;
}

/** Each is a partition key: few enough to ask all of them for a listing, many enough to spread the load. */
export const bucketCount = 16;

/** Twelve characters of base64url: 72 random bits, as generations and revisions have. */
export const markLength = 12;

/** DynamoDB's own limit. */
const longestSortKey = 1024;
export const longestPrefix = 255;

export const longestKey = longestSortKey - markLength;

export function entryKey(prefix: string, key: string): ItemKey {
  refuseUnusableKey(key);
  return { pk: bucketKey(prefix, bucketOf(key)), sk: key };
}

export function bucketKey(prefix: string, bucket: number): string {
  return `${prefix}#e${String(bucket).padStart(2, '0')}`;
}

export function termKey(prefix: string, name: string, value: string): string {
  return `${prefix}#i${hash('sha256', `${name.length}:${name}${value}`, 'base64url')}`;
}

export function rowKey(prefix: string, key: string, [name, value]: readonly [string, string], mark: string): ItemKey {
  return { pk: termKey(prefix, name, value), sk: key + mark };
}

/** The key and the generation of an index row. */
export function partsOfRow(sk: string): { readonly key: string; readonly generation: string } {
  return { key: sk.slice(0, -markLength), generation: sk.slice(-markLength) };
}

/** FNV-1a over the code units: the same in every process, for ever. */
function bucketOf(key: string): number {
  let state = 0x811c9dc5;
  for (let at = 0; at < key.length; at += 1) state = Math.imul(state ^ key.charCodeAt(at), 0x01000193);
  return ((state ^ (state >>> 16)) >>> 0) % bucketCount;
}

export function refuseUnusableKey(key: string): void {
  if (key === '') throw new InvalidKeyError('The dynamodb store cannot keep an entry under an empty key.');
  refuseTooLongKey(key);
}

export function refuseTooLongKey(key: string): void {
  const bytes = Buffer.byteLength(key);
  if (bytes <= longestKey) return;
  throw new InvalidKeyError(
    `A key of the dynamodb store has at most ${longestKey} bytes of UTF-8; this one has ${bytes}.`,
  );
}
