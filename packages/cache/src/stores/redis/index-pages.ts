import type { KeyPage } from '../../contracts/store.js';
import type { Millis } from '../../contracts/time.js';
import { readCursor, writeCursor } from './cursor.js';
import { termId } from './index-terms.js';
import type { ListedEntries, PageRequest } from './listed-entries.js';
import { toStoreError, unexpectedReply } from './redis-errors.js';
import { indexPageScript } from './scripts/index-page.js';
import { runScript } from './scripts/script.js';

export interface Term {
  readonly prefix: string;
  readonly name: string;
  readonly value: string;
}

/** Redis does nothing else while it looks at so many rows: some two milliseconds. */
const rowsPerPage = 512;

/** Buckets of a cluster that are asked at the same time; what does not fit into the page is asked for again. */
const bucketsPerPage = 32;

/** Where a listing goes on: the bucket, and where in it, as ZRANGEBYLEX has it. */
type IndexCursor = readonly [bucket: number, from: string];

interface BucketPage {
  readonly keys: string[];
  /** '' after the last row. */
  readonly next: string;
}

/** A page of the keys under a term: bucket after bucket, in each in the order of their bytes. */
export async function indexPage(entries: ListedEntries, term: Term, page: PageRequest, now: Millis): Promise<KeyPage> {
  const [first, from] = page.cursor === undefined ? startOf(term) : readCursor(page.cursor, isIndexCursor);
  const { bases } = entries.keys;
  const id = termId(term.name, term.value);
  const buckets = bases.slice(first, first + bucketsPerPage);
  const pages = await Promise.all(
    buckets.map((base, at) => {
      const begin = at === 0 ? from : startOf(term)[1];
      return bucketPage(entries, base, { id, begin, end: endOf(term.prefix), limit: page.limit, now });
    }),
  );

  const keys: string[] = [];
  for (const [at, found] of pages.entries()) {
    const room = page.limit - keys.length;
    const fits = found.keys.slice(0, room);
    keys.push(...fits);
    if (fits.length < found.keys.length) {
      const last = fits.at(-1);
      const begin = last === undefined ? (at === 0 ? from : startOf(term)[1]) : `(${last}`;
      return { keys, cursor: writeCursor([first + at, begin]) };
    }
    if (found.next !== '') return { keys, cursor: writeCursor([first + at, found.next]) };
  }
  const next = first + buckets.length;
  return next < bases.length ? { keys, cursor: writeCursor([next, startOf(term)[1]]) } : { keys };
}

interface BucketRequest {
  readonly id: string;
  readonly begin: string;
  readonly end: Buffer;
  readonly limit: number;
  readonly now: Millis;
}

async function bucketPage(
  { connection }: ListedEntries,
  base: string,
  { id, begin, end, limit, now }: BucketRequest,
): Promise<BucketPage> {
  try {
    const args = [base, id, begin, end, String(limit), String(Math.max(limit, rowsPerPage)), String(now)];
    const reply = await runScript(connection, indexPageScript, [`${base}i${id}`], args);
    if (!Array.isArray(reply)) throw unexpectedReply('EVALSHA');
    const [next = '', ...keys] = reply.map(String);
    return { keys, next };
  } catch (error) {
    throw toStoreError(error);
  }
}

function startOf({ prefix }: Term): IndexCursor {
  return [0, `[${prefix}`];
}

/** The first row that no longer begins with the prefix: its last byte, which in UTF-8 is never 255, counted up. */
function endOf(prefix: string): Buffer {
  if (prefix === '') return Buffer.from('+');
  const end = Buffer.from(`(${prefix}`);
  end[end.length - 1] = (end.at(-1) as number) + 1;
  return end;
}

function isIndexCursor(parts: unknown): parts is IndexCursor {
  if (!Array.isArray(parts) || parts.length !== 2) return false;
  const [bucket, from] = parts;
  return Number.isSafeInteger(bucket) && bucket >= 0 && typeof from === 'string' && /^[([]/.test(from);
}
