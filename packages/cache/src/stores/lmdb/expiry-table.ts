import type { Millis } from '../../contracts/time.js';
import type { Table } from './open-environment.js';

/**
 * The table `expiry`: one row for each record that has an end, its key the deadline (8 bytes that sort like the number)
 * followed by the record's key, its value empty. What expires first stands first.
 */
const deadlineLength = 8;
const nothing = Buffer.alloc(0);

export const expiryRowOverhead = deadlineLength;

export function addExpiryRow(table: Table, key: Buffer, expiresAt: Millis): void {
  if (hasEnd(expiresAt)) table.putSync(expiryRow(key, expiresAt), nothing);
}

export function removeExpiryRow(table: Table, key: Buffer, expiresAt: Millis): void {
  if (hasEnd(expiresAt)) table.removeSync(expiryRow(key, expiresAt));
}

export interface ExpiryRow {
  readonly key: Buffer;
  readonly expiresAt: Millis;
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
