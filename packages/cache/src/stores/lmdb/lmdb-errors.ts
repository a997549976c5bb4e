import { statfs } from 'node:fs/promises';
import { type ErrorCode, LarderError, StoreError } from '../../errors.js';
import type { Announcement } from './announcements.js';

const freeBytesOfUsableDisk = 64 * 1024;

export const storeName = 'lmdb';

/** Codes of the operating system, as `node:fs` (text) and LMDB (number) give them, and LMDB's own. */
const fullCodes: readonly unknown[] = ['ENOSPC', 'EDQUOT', 'EFBIG', 28, 122, 27, -30792];
const corruptCodes: readonly unknown[] = [-30797, -30796, -30794, -30793];
const forbiddenCodes: readonly unknown[] = ['EACCES', 'EPERM', 'EROFS', 13, 1, 30];
const notAFolderCodes: readonly unknown[] = ['ENOTDIR', 'EEXIST', 20, 17];
/** An input-output error, or LMDB's word that there was one before. */
const diskFailureCodes: readonly unknown[] = ['EIO', 5, -30795];

/** What a caller is told instead of LMDB's error, which is kept as the cause. */
export function toStoreError(error: unknown, folder: string): LarderError {
  if (error instanceof LarderError) return error;
  const code = codeOf(error);
  if (fullCodes.includes(code)) return storeError('LARDER_STORE_FULL', fullMessage(folder), error);
  if (corruptCodes.includes(code)) return corruptError(folder, 'LMDB cannot read it', error);
  return storeError('LARDER_STORE_FAILED', failureMessage(code, error, folder), error);
}

export function corruptError(file: string, problem: string, cause?: unknown): StoreError {
  const advice = 'Move it away and start again: a cache fills itself.';
  return storeError('LARDER_STORE_CORRUPT', `${file} is not usable as a Larder store: ${problem}. ${advice}`, cause);
}

export function inUseError(folder: string, holder: Announcement): StoreError {
  const who = holder.pid === process.pid ? `this process (${holder.pid})` : `process ${holder.pid}`;
  const message =
    holder.mode === 'exclusive'
      ? `${folder} is in use: ${who} has it open with exclusive: true. Stop or close that one first, or use another folder.`
      : `${folder} is in use: ${who} has it open, so it cannot be opened with exclusive: true. Close it there first, use another folder, or leave exclusive out.`;
  return storeError('LARDER_STORE_IN_USE', message, undefined);
}

export function openTwiceError(folder: string): StoreError {
  const message = `${folder} is open in this process already. Make one lmdbStore for the folder, and give it to every cache.`;
  return storeError('LARDER_STORE_IN_USE', message, undefined);
}

export function isFull(error: LarderError): boolean {
  return error.code === 'LARDER_STORE_FULL';
}

/** After it every later write of the open file would fail, or wait for ever. */
export function isDiskFailure(error: unknown): boolean {
  return diskFailureCodes.includes(codeOf(error));
}

/** LMDB reports a disk that took only a part of a page, because there was no room for the rest, as a disk that failed. */
export async function toStoreErrorAfterWrite(error: unknown, folder: string): Promise<LarderError> {
  if (!isDiskFailure(error) || (await freeBytes(folder)) >= freeBytesOfUsableDisk) return toStoreError(error, folder);
  return storeError('LARDER_STORE_FULL', fullMessage(folder), error);
}

async function freeBytes(folder: string): Promise<number> {
  return statfs(folder).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => Number.POSITIVE_INFINITY,
  );
}

type StoreErrorCode = Extract<ErrorCode, `LARDER_STORE_${string}`>;

function storeError(code: StoreErrorCode, message: string, cause: unknown): StoreError {
  return new StoreError(storeName, message, { cause, code });
}

function fullMessage(folder: string): string {
  return `There is no space left to write to ${folder}. Reads and, as a rule, deletes go on; free space or prune().`;
}

function failureMessage(code: unknown, error: unknown, folder: string): string {
  if (forbiddenCodes.includes(code)) return `This process may not write to ${folder}: change its owner, mode or mount.`;
  if (notAFolderCodes.includes(code)) return `${folder} must be a folder, or a path where one can be made.`;
  if (diskFailureCodes.includes(code))
    return `The disk failed under ${folder}. The store opens it again at the next call.`;
  return `LMDB failed on ${folder}: ${error instanceof Error ? error.message : String(error)}`;
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
