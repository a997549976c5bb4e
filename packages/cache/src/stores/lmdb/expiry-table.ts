import type { Millis } from '../../contracts/time.js';
import type { Table, Tables } from './open-environment.js';

/**
 * The tables `expiry` and `endings`: one row for each record that has an end, its key the deadline (8 bytes that sort like
 * the number) followed by the record's key. What expires first stands first.
 *
 * A record whose end is to be told has its row in `endings`, with the note as its value, every other one in `expiry`,
 * with none. A row of `endings` stays until it was told, also where the record was written again after its end.
 */
const deadlineLength = 8;
const nothing = Buffer.alloc(0);

export const expiryRowOverhead = deadlineLength;

type ExpiryTables = Pick<Tables, 'expiry' | 'endings'>;

export function addExpiryRow(tables: ExpiryTables, key: Buffer, expiresAt: Millis, note: string | undefined): void {
  if (!hasEnd(expiresAt)) return;
  const row = expiryRow(key, expiresAt);
  if (note === undefined) tables.expiry.putSync(row, nothing);
  else tables.endings.putSync(row, Buffer.from(note));
}

/** What is live and goes will never expire; what has expired is still to be told. */
export function removeExpiryRow(tables: ExpiryTables, key: Buffer, expiresAt: Millis, isLive: boolean): void {
  if (!hasEnd(expiresAt)) return;
  const row = expiryRow(key, expiresAt);
  if (!tables.expiry.removeSync(row) && isLive) tables.endings.removeSync(row);
}

export function removeEnding({ endings }: ExpiryTables, key: Buffer, expiresAt: Millis): void {
  endings.removeSync(expiryRow(key, expiresAt));
}

export interface ExpiryRow {
  readonly key: Buffer;
  readonly expiresAt: Millis;
}

export interface Ending extends ExpiryRow {
  readonly note: string;
}

/** How many rows one page looks at, whatever it finds. */
const rowsPerPage = 1_000;

/** Endings up to `now` of records whose keys begin with `first`, those that expired first in front. */
export function endingsPage(
  table: Table,
  first: Buffer,
  { cursor, limit }: { readonly cursor?: string; readonly limit: number },
  now: Millis,
): { readonly endings: Ending[]; readonly cursor?: string } {
  const endings: Ending[] = [];
  const from = cursor === undefined ? {} : { start: Buffer.from(cursor, 'base64url'), exclusiveStart: true };
  let lookedAt = 0;
  for (const { key: row, value } of table.getRange({ ...from, limit: rowsPerPage })) {
    const expiresAt = deadlineOfRow(row);
    if (now < expiresAt) return { endings };
    const key = Buffer.from(row.subarray(deadlineLength));
    if (key.subarray(0, first.length).equals(first)) endings.push({ key, expiresAt, note: value.toString() });
    lookedAt += 1;
    if (endings.length >= limit || lookedAt >= rowsPerPage) return { endings, cursor: row.toString('base64url') };
  }
  return { endings };
}

/** At most `limit` rows of records that are expired at `now`, those that expired first in front. */
export function expiredRows(table: Table, limit: number, now: Millis): ExpiryRow[] {
  const rows: ExpiryRow[] = [];
  for (const row of table.getKeys({ limit })) {
    const expiresAt = deadlineOfRow(row);
    if (now < expiresAt) break;
    rows.push({ key: row.subarray(deadlineLength), expiresAt });
  }
  return rows;
}

function hasEnd(expiresAt: Millis): boolean {
  return expiresAt !== Number.POSITIVE_INFINITY;
}

function expiryRow(key: Buffer, expiresAt: Millis): Buffer {
  const row = Buffer.allocUnsafe(deadlineLength + key.length);
  row.writeDoubleBE(expiresAt, 0);
  flipForOrder(row, isNegative(row));
  row.set(key, deadlineLength);
  return row;
}

function deadlineOfRow(row: Buffer): Millis {
  const deadline = Buffer.from(row.subarray(0, deadlineLength));
  flipForOrder(deadline, !isNegative(deadline));
  return deadline.readDoubleBE(0);
}

function isNegative(deadline: Buffer): boolean {
  return (deadline.readUInt8(0) & 0x80) !== 0;
}

/** Big-endian floats sort as bytes once the sign bit is turned around, and every bit of a negative number. */
function flipForOrder(deadline: Buffer, negative: boolean): void {
  const length = negative ? deadlineLength : 1;
  const mask = negative ? 0xff : 0x80;
  for (let index = 0; index < length; index += 1) deadline.writeUInt8(deadline.readUInt8(index) ^ mask, index);
}
