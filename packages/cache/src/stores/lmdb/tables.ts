import type { Millis } from '../../contracts/time.js';
import { addExpiryRow, type ExpiryRow, expiredRows, removeEnding, removeExpiryRow } from './expiry-table.js';
import { changeIndexRows } from './index-table.js';
import type { Table, Tables } from './open-environment.js';
import { type EncodedRecord, headOf, isLive, isRecord, type RecordHead } from './records.js';
import { readSingle } from './single-read.js';
import type { TimeIsUp } from './write-queue.js';

/*
 * The only functions that write to the tables. Inside one transaction they keep them in step:
 * a record with an end has exactly one row in `expiry` or `endings`, and exactly one index row for each of its terms; nothing else has one,
 * but what expired and is still to be told.
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

export function putRecord(
  tables: Tables,
  key: Buffer,
  next: EncodedRecord,
  previous: RecordHead | undefined,
  now: Millis,
): void {
  tables.values.putSync(key, next.record);
  if (previous?.expiresAt !== next.expiresAt || next.expiryNote !== undefined) {
    if (previous !== undefined) removeExpiryRow(tables, key, previous.expiresAt, isLive(previous, now));
    addExpiryRow(tables, key, next.expiresAt, next.expiryNote);
  }
  changeIndexRows(tables.index, key, previous?.indexes ?? {}, next.indexes);
}

export function removeRecord(tables: Tables, key: Buffer, head: RecordHead, now: Millis): void {
  tables.values.removeSync(key);
  removeExpiryRow(tables, key, head.expiresAt, isLive(head, now));
  changeIndexRows(tables.index, key, head.indexes, {});
}

/** Removes those of `keys` that are expired at `now`, until the time is up. */
export function removeExpired(tables: Tables, keys: readonly Buffer[], now: Millis, timeIsUp: TimeIsUp): void {
  for (const key of keys) {
    const head = readHead(tables, key);
    if (head !== undefined && !isLive(head, now)) removeRecord(tables, key, head, now);
    if (timeIsUp()) return;
  }
}

/** News of an end that are older than this are dropped: nobody seems to want them. */
const endingsKeptFor: Millis = 86_400_000;

/** Removes at most `limit` of the records that expired first, until the time is up; answers how many. */
export function removeFirstExpired(tables: Tables, limit: number, now: Millis, timeIsUp: TimeIsUp): number {
  const outdated = expiredRows(tables.endings, limit, now - endingsKeptFor);
  let removed = removeEndings(tables, outdated, now, timeIsUp);
  // At least one, however slow the machine: none removed would say that there is none left.
  if (removed >= limit || (removed > 0 && timeIsUp())) return removed;
  for (const { key, expiresAt } of expiredRows(tables.expiry, limit - removed, now)) {
    const head = readHead(tables, key);
    if (head?.expiresAt === expiresAt) removeRecord(tables, key, head, now);
    // A row without its record, which only a damaged disk leaves, would stand in the way of the others for ever.
    else removeExpiryRow(tables, key, expiresAt, false);
    removed += 1;
    if (timeIsUp()) break;
  }
  return removed;
}

/** Removes endings, and their records where nothing was written since, until the time is up; answers how many. */
export function removeEndings(
  tables: Tables,
  endings: readonly ExpiryRow[],
  now: Millis,
  timeIsUp: TimeIsUp = () => false,
): number {
  let removed = 0;
  for (const { key, expiresAt } of endings) {
    const head = readHead(tables, key);
    if (head?.expiresAt === expiresAt && !isLive(head, now)) removeRecord(tables, key, head, now);
    removeEnding(tables, key, expiresAt);
    removed += 1;
    if (timeIsUp()) break;
  }
  return removed;
}
