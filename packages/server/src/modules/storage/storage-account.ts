import type { Millis } from '@larder/cache';

/** What was written and deleted since the account was opened. Sums only ever grow, but for `overwrittenBytes`. */
export interface StorageChanges {
  readonly createdEntries: number;
  readonly createdBytes: number;
  /** By how much entries grew that were written again: all of what was written, where the size before is not known. */
  readonly overwrittenBytes: number;
  readonly removedEntries: number;
  /** Of keys; how large the values were is not known. */
  readonly removedBytes: number;
}

export interface Census {
  readonly entries: number;
  readonly bytes: number;
  readonly finishedAt: Millis;
  readonly tookMillis: number;
  /**
   * The account's sums that are in the census for certain: of what was added, those from before it began; of what was
   * removed, those up to its end, since it may have missed what was removed while it walked. So the bound stays a bound.
   */
  readonly covered: StorageChanges;
}

/** What all processes know together of what one tenant keeps. */
export interface StorageAccount {
  readonly changes: StorageChanges;
  readonly census: Census | null;
}

export interface StorageFigures {
  readonly entries: number;
  /** Without what overwriting may have added. */
  readonly firmBytes: number;
  /** At least what is kept, but for what was written elsewhere within the last second or two. */
  readonly bytes: number;
}

/** What one process has not told the others yet. */
export interface UntoldChanges {
  readonly changes: StorageChanges;
  /** When the first of its deletes began; `Infinity` where there is none. */
  readonly removingSince: Millis;
}

export const noChanges: StorageChanges = Object.freeze({
  createdEntries: 0,
  createdBytes: 0,
  overwrittenBytes: 0,
  removedEntries: 0,
  removedBytes: 0,
});

export function sumOfChanges(one: StorageChanges, other: StorageChanges): StorageChanges {
  return {
    createdEntries: one.createdEntries + other.createdEntries,
    createdBytes: one.createdBytes + other.createdBytes,
    overwrittenBytes: one.overwrittenBytes + other.overwrittenBytes,
    removedEntries: one.removedEntries + other.removedEntries,
    removedBytes: one.removedBytes + other.removedBytes,
  };
}

/** The account with what one process tells. A census that ended after a delete began may have missed the entry already. */
export function withUntold(account: StorageAccount, { changes, removingSince }: UntoldChanges): StorageAccount {
  const mayBeMissed = account.census !== null && account.census.finishedAt >= removingSince;
  const certain = mayBeMissed ? { ...changes, removedEntries: 0, removedBytes: 0 } : changes;
  return { ...account, changes: sumOfChanges(account.changes, certain) };
}

export const nothingUntold: UntoldChanges = Object.freeze({
  changes: noChanges,
  removingSince: Number.POSITIVE_INFINITY,
});

export function sumOfUntold(one: UntoldChanges, other: UntoldChanges): UntoldChanges {
  return {
    changes: sumOfChanges(one.changes, other.changes),
    removingSince: Math.min(one.removingSince, other.removingSince),
  };
}

export function isNoChange(changes: StorageChanges): boolean {
  return Object.values(changes).every((sum) => sum === 0);
}

/** What is kept, by the last census and what was written since; `undefined` before the first census. */
export function figuresOf({ changes, census }: StorageAccount): StorageFigures | undefined {
  if (census === null) return undefined;
  const { covered } = census;
  const removedEntries = Math.max(0, changes.removedEntries - covered.removedEntries);
  const removedBytes = Math.max(0, changes.removedBytes - covered.removedBytes);
  const firmBytes = census.bytes + changes.createdBytes - covered.createdBytes - removedBytes;
  return {
    entries: Math.max(0, census.entries + changes.createdEntries - covered.createdEntries - removedEntries),
    firmBytes: Math.max(0, firmBytes),
    bytes: Math.max(0, firmBytes + changes.overwrittenBytes - covered.overwrittenBytes),
  };
}

export interface StorageQuota {
  readonly entries: number | null;
  readonly storedBytes: number | null;
}

export interface StorageAmount {
  readonly entries: number;
  readonly bytes: number;
}

/** Whether so much more is within the quota. What adds nothing always is. */
export function hasRoomFor(
  { entries, storedBytes }: StorageQuota,
  kept: StorageAmount,
  growth: StorageAmount,
): boolean {
  const entriesFit = entries === null || growth.entries <= 0 || kept.entries + growth.entries <= entries;
  const bytesFit = storedBytes === null || growth.bytes <= 0 || kept.bytes + growth.bytes <= storedBytes;
  return entriesFit && bytesFit;
}

const shortestPause = 2_000;
/** Counting takes at most this part of the time. */
const partOfTime = 5;

/** Whether the census is so young that another would cost more than it tells. */
export function isRecent({ finishedAt, tookMillis }: Census, now: Millis): boolean {
  return Math.abs(now - finishedAt) < Math.max(shortestPause, partOfTime * tookMillis);
}
