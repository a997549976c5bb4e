import type { Millis } from '../../contracts/time.js';
import { addExpiryRow, expiredRows, removeExpiryRow } from './expiry-table.js';
import { changeIndexRows } from './index-table.js';
import type { Table, Tables } from './open-environment.js';
import { type EncodedRecord, headOf, isLive, isRecord, type RecordHead } from './records.js';
import { readSingle } from './single-read.js';
import type { TimeIsUp } from './write-queue.js';

/*
 * The only functions that write to the tables. Inside one transaction they keep them in step:
 * a record with an end has exactly one expiry row, and exactly one index row for each of its terms; nothing else has one.
 */

/**
 * The record under `key`, live or not; one that a damaged disk left unreadable counts as none. LMDB's own buffer: the
 * next read overwrites it.
 */
export function readRecord(values: Table, key: Buffer): Buffer | undefined {
  return readable(values.getBinaryFast(key));
}

/** The same for a read that stands alone; reads that belong together share a snapshot, and use the other. */
export function readSingleRecord(values: Table, key: Buffer): Buffer | undefined {
  return readable(readSingle(values, key));
}

function readable(record: Buffer | undefined): Buffer | undefined {
  return record !== undefined && isRecord(record) ? record : undefined;
}

export function readHead({ values }: Tables, key: Buffer): RecordHead | undefined {
  const record = readRecord(values, key);
  return record && headOf(record);
}

export function putRecord(tables: Tables, key: Buffer, next: EncodedRecord, previous: RecordHead | undefined): void {
  tables.values.putSync(key, next.record);
  if (previous?.expiresAt !== next.expiresAt) {
    if (previous !== undefined) removeExpiryRow(tables.expiry, key, previous.expiresAt);
    addExpiryRow(tables.expiry, key, next.expiresAt);
  }
  changeIndexRows(tables.index, key, previous?.indexes ?? {}, next.indexes);
}

export function removeRecord(tables: Tables, key: Buffer, head: RecordHead): void {
  tables.values.removeSync(key);
  removeExpiryRow(tables.expiry, key, head.expiresAt);
  changeIndexRows(tables.index, key, head.indexes, {});
}

/** Removes those of `keys` that are expired at `now`, until the time is up. */
export function removeExpired(tables: Tables, keys: readonly Buffer[], now: Millis, timeIsUp: TimeIsUp): void {
  for (const key of keys) {
    const head = readHead(tables, key);
    if (head !== undefined && !isLive(head, now)) removeRecord(tables, key, head);
    if (timeIsUp()) return;
  }
}

/** Removes at most `limit` of the records that expired first, until the time is up; answers how many. */
export function removeFirstExpired(tables: Tables, limit: number, now: Millis, timeIsUp: TimeIsUp): number {
  let removed = 0;
  for (const { key, expiresAt } of expiredRows(tables.expiry, limit, now)) {
    const head = readHead(tables, key);
    if (head?.expiresAt === expiresAt) removeRecord(tables, key, head);
    // A row without its record, which only a damaged disk leaves, would stand in the way of the others for ever.
    else removeExpiryRow(tables.expiry, key, expiresAt);
    removed += 1;
    if (timeIsUp()) break;
  }
  return removed;
}
