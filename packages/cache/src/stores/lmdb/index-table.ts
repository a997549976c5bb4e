import { hash } from 'node:crypto';
import type { IndexTerms } from '../../contracts/entry.js';
import type { Table } from './open-environment.js';

/**
 * The table `index`: one row for each term of each record, its key a digest of the term followed by the record's key,
 * its value empty. Terms may be of any length, and two may share a digest: readers compare the term in the record.
 */
const digestLength = 16;
const nothing = Buffer.alloc(0);

export const indexRowOverhead = digestLength;

/** Takes the rows of a record from its earlier terms to its new ones. */
export function changeIndexRows(table: Table, key: Buffer, from: IndexTerms, to: IndexTerms): void {
  for (const [name, value] of Object.entries(from)) {
    if (!hasTerm(to, name, value)) table.removeSync(indexRow(key, name, value));
  }
  for (const [name, value] of Object.entries(to)) {
    if (!hasTerm(from, name, value)) table.putSync(indexRow(key, name, value), nothing);
  }
}

export function hasTerm(indexes: IndexTerms, name: string, value: string): boolean {
  return Object.hasOwn(indexes, name) && indexes[name] === value;
}

export function keyOfIndexRow(row: Buffer): Buffer {
  return row.subarray(digestLength);
}

/** The row of a key under a term; with the beginning of a key, where the rows of such keys begin. */
export function indexRow(key: Buffer, name: string, value: string): Buffer {
  const digest = hash('sha256', `${name.length}:${name}${value}`, 'buffer');
  return Buffer.concat([digest.subarray(0, digestLength), key]);
}
