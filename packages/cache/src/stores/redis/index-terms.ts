import { hash } from 'node:crypto';
import type { IndexTerms } from '../../contracts/entry.js';

/** 24 bytes of SHA-256 in base64url: long enough that no two terms share one, and a name that people can type. */
const idLength = 32;

/** The ids of all terms, one behind the other; empty where there is none. */
export function termIds(indexes: IndexTerms): string {
  let ids = '';
  for (const name in indexes) if (Object.hasOwn(indexes, name)) ids += termId(name, indexes[name] as string);
  return ids;
}

export function termId(name: string, value: string): string {
  return hash('sha256', `${name.length}:${name}${value}`, 'base64url').slice(0, idLength);
}
