import type { ExpiredEntry, ExpiredPage, StoreCall } from '../../contracts/store.js';
import type { Millis } from '../../contracts/time.js';
import { readCursor, writeCursor } from './cursor.js';
import { behind, readEndingRow, startOf, upTo } from './endings.js';
import type { ListedEntries, PageRequest } from './listed-entries.js';
import { endingsKey } from './physical-keys.js';
import { toStoreError, unexpectedReply } from './redis-errors.js';
import { forgetEndings } from './scripts/forget-endings.js';
import { runScript } from './scripts/script.js';

export interface ExpiredRequest extends PageRequest {
  readonly prefix: string;
}

/** Buckets of a cluster that are asked at the same time. */
const bucketsPerPage = 32;

/** Redis does nothing else meanwhile: less than a millisecond. */
const rowsPerScript = 256;

/** A bucket that is not at its end, and the start of its last row that was looked at, in base64; '' before the first. */
type Place = readonly [bucket: number, after: string];

/** Where a listing goes on: the first bucket that was not asked yet, and those that had more. */
type ExpiredCursor = readonly [next: number, unfinished: readonly Place[]];

type Found = ReturnType<typeof readEndingRow>;

/**
 * A page of what has expired: an equal share of each of some buckets, so that what ended at about the same time is told
 * at about the same time. All rows of a bucket count, also those of other prefixes.
 */
export async function expiredPage(
  entries: ListedEntries,
  { prefix, cursor, limit }: ExpiredRequest,
  now: Millis,
): Promise<ExpiredPage> {
  const buckets = entries.keys.bases.length;
  const isMine = (parts: unknown): parts is ExpiredCursor => isExpiredCursor(parts, buckets);
  const [next, unfinished] = cursor === undefined ? [0, []] : readCursor(cursor, isMine);
  const most = Math.min(limit, bucketsPerPage);
  const begun = unfinished.slice(0, most);
  const fresh = Math.min(most - begun.length, buckets - next);
  const places: Place[] = [...begun, ...Array.from({ length: fresh }, (_, at): Place => [next + at, ''])];
  const share = Math.floor(limit / places.length);
  const found = await Promise.all(places.map((place) => rowsBehind(entries, place, now, share)));

  const full = found.flatMap((rows, at): Place[] => {
    const last = rows.length < share ? undefined : rows.at(-1);
    return last === undefined ? [] : [[(places[at] as Place)[0], last.start.toString('base64')]];
  });
  const left: ExpiredCursor = [next + fresh, [...unfinished.slice(most), ...full]];
  const expired = found
    .flat()
    .filter(({ key }) => key.startsWith(prefix))
    .sort((one, other) => one.expiresAt - other.expiresAt)
    .map(({ key, expiresAt, note }) => ({ key, expiresAt, note }));
  return left[0] === buckets && left[1].length === 0 ? { expired } : { expired, cursor: writeCursor(left) };
}

async function rowsBehind(
  { connection, keys }: ListedEntries,
  [bucket, after]: Place,
  now: Millis,
  limit: number,
): Promise<Found[]> {
  const endings = endingsKey(keys.bases[bucket] as string);
  const from = after === '' ? '-' : behind(Buffer.from(after, 'base64'));
  const range = [endings, from, upTo(now), 'LIMIT', '0', String(limit)];
  try {
    const rows = await connection.send(endings, 'ZRANGEBYLEX', range, 'writes');
    if (!Array.isArray(rows) || !rows.every((row) => Buffer.isBuffer(row))) throw unexpectedReply('ZRANGEBYLEX');
    return rows.map(readEndingRow);
  } catch (error) {
    throw toStoreError(error);
  }
}

/** Of each key the end that was told, and no later one. */
export async function forgetExpired(
  { connection, keys }: ListedEntries,
  expired: readonly Pick<ExpiredEntry, 'key' | 'expiresAt'>[],
  call: StoreCall,
): Promise<void> {
  const starts = new Map<number, Buffer[]>();
  for (const { key, expiresAt } of expired) {
    const bucket = keys.bucketOf(keys.ofEntry(key));
    const ofBucket = starts.get(bucket) ?? [];
    ofBucket.push(startOf(Buffer.from(key), expiresAt));
    starts.set(bucket, ofBucket);
  }
  call.signal?.throwIfAborted();
  const portions = [...starts].flatMap(([bucket, ofBucket]) =>
    inPortions(ofBucket).map((portion) => ({ endings: endingsKey(keys.bases[bucket] as string), portion })),
  );
  try {
    await Promise.all(portions.map(({ endings, portion }) => runScript(connection, forgetEndings, [endings], portion)));
  } catch (error) {
    throw toStoreError(error);
  }
}

function inPortions(starts: readonly Buffer[]): Buffer[][] {
  const count = Math.ceil(starts.length / rowsPerScript);
  return Array.from({ length: count }, (_, at) => starts.slice(at * rowsPerScript, (at + 1) * rowsPerScript));
}

function isExpiredCursor(parts: unknown, buckets: number): parts is ExpiredCursor {
  if (!Array.isArray(parts) || parts.length !== 2) return false;
  const [next, unfinished] = parts;
  return isBucket(next, buckets + 1) && Array.isArray(unfinished) && unfinished.every((each) => isPlace(each, buckets));
}

function isPlace(place: unknown, buckets: number): boolean {
  return Array.isArray(place) && isBucket(place[0], buckets) && typeof place[1] === 'string';
}

function isBucket(bucket: unknown, end: number): boolean {
  return Number.isSafeInteger(bucket) && (bucket as number) >= 0 && (bucket as number) < end;
}
