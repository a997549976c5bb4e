import type { RangeOptions } from 'lmdb';
import type { KeyPage } from '../../contracts/store.js';
import type { Millis } from '../../contracts/time.js';
import { InvalidOptionError } from '../../errors.js';
import { hasTerm, indexRow, keyOfIndexRow } from './index-table.js';
import { longestRow, prefixToBytes } from './keys.js';
import type { Table, Tables } from './open-environment.js';
import { deadlineOf, headOf, isLive } from './records.js';
import { readRecord } from './tables.js';

/**
 * How much one page looks at, whatever it finds: a page of dead entries only is empty and carries a cursor, and no page
 * holds up the event loop. Bytes count too, because LMDB copies a whole record to show its head.
 */
const rowsPerPage = 1000;
const bytesPerPage = 4 * 1024 * 1024;

interface PageRequest {
  readonly cursor?: string;
  readonly limit: number;
}

export function scanPage({ values }: Tables, prefix: string, page: PageRequest, now: Millis): KeyPage {
  const isListed = (_key: Buffer, record: Buffer) => now < deadlineOf(record);
  const first = prefixToBytes(prefix);
  return listPage(values, { rows: values, first, page, keyOf: (row) => row, isListed });
}

/** A page of the keys under a term, and the expired ones it came across: the caller removes them with all their rows. */
export function indexPage(
  { values, index }: Tables,
  term: { readonly prefix: string; readonly name: string; readonly value: string },
  page: PageRequest,
  now: Millis,
): { page: KeyPage; expired: Buffer[] } {
  const expired: Buffer[] = [];
  const isListed = (key: Buffer, record: Buffer): boolean => {
    const head = headOf(record);
    if (!isLive(head, now)) expired.push(key);
    return isLive(head, now) && hasTerm(head.indexes, term.name, term.value);
  };
  const first = indexRow(prefixToBytes(term.prefix), term.name, term.value);
  return { page: listPage(values, { rows: index, first, page, keyOf: keyOfIndexRow, isListed }), expired };
}

interface Listing {
  /** The table that is walked, in its order. */
  readonly rows: Table;
  /** Where the walk begins, and what every row of it begins with. */
  readonly first: Buffer;
  readonly page: PageRequest;
  readonly keyOf: (row: Buffer) => Buffer;
  readonly isListed: (key: Buffer, record: Buffer) => boolean;
}

function listPage(values: Table, { rows, first, page, keyOf, isListed }: Listing): KeyPage {
  const keys: string[] = [];
  let lookedAt = 0;
  let bytes = 0;

  for (const row of rows.getKeys(rangeOf(page.cursor, first))) {
    if (!startsWith(row, first)) return { keys };
    const key = keyOf(row);
    const record = readRecord(values, key);
    if (record !== undefined && isListed(key, record)) keys.push(key.toString());
    lookedAt += 1;
    bytes += record?.length ?? 0;
    const isFull = keys.length >= page.limit || lookedAt >= rowsPerPage || bytes >= bytesPerPage;
    if (isFull) return { keys, cursor: row.toString('base64url') };
  }
  return { keys };
}

/** A cursor is the row where the page before ended: it stays good whatever is written or removed in between. */
function rangeOf(cursor: string | undefined, first: Buffer): RangeOptions {
  if (cursor !== undefined) return { start: rowAt(cursor, first), exclusiveStart: true, limit: rowsPerPage };
  return first.length === 0 ? { limit: rowsPerPage } : { start: first, limit: rowsPerPage };
}

function rowAt(cursor: string, first: Buffer): Buffer {
  const row = Buffer.from(cursor, 'base64url');
  if (row.length > 0 && row.length <= longestRow && startsWith(row, first)) return row;
  throw new InvalidOptionError('This cursor does not belong to this listing. Begin without a cursor.');
}

function startsWith(row: Buffer, first: Buffer): boolean {
  return row.length >= first.length && row.compare(first, 0, first.length, 0, first.length) === 0;
}
