import type { KeyPage } from '../../contracts/store.js';
import type { Millis } from '../../contracts/time.js';
import { InvalidOptionError } from '../../errors.js';
import type { Connection, Item } from './connection.js';
import { bucketCount, bucketKey, entryKey, type ItemKey, partsOfRow, refuseTooLongKey, termKey } from './layout.js';
import { projectionOf, type ReadItems } from './reads.js';
import { headOf, isLive, type RecordHead } from './records.js';

/** DynamoDB reads, and charges for, up to 1 MB a call, whatever the limit. */
const itemsPerCall = 1000;

/** No write of a row can still be waiting for that of its entry after it: clocks may differ by minutes. */
const graceOfRows = 15 * 60_000;

interface PageRequest {
  readonly cursor?: string;
  readonly limit: number;
}

interface Call {
  readonly now: Millis;
  readonly signal?: AbortSignal;
}

export interface ListingParts {
  readonly connection: Connection;
  readonly prefix: string;
  readonly consistent: boolean;
  /** Answers with what {@link headOf} needs. */
  readonly readHeads: ReadItems;
}

/** Where a page ended: the last item that was looked at, `sk` being empty at the start of a bucket. */
interface Position {
  readonly bucket: number;
  readonly sk: string;
}

/** Live keys, bucket by bucket, in each in the order of the keys: what stays is met once, whatever is written meanwhile. */
export async function scanPage(
  { connection, prefix, consistent }: ListingParts,
  keyPrefix: string,
  { cursor, limit }: PageRequest,
  { now, signal }: Call,
): Promise<KeyPage> {
  refuseTooLongKey(keyPrefix);
  const keys: string[] = [];
  let { bucket, sk } = positionOf(cursor);
  for (; bucket < bucketCount; bucket += 1, sk = '') {
    const query = queryOf(bucketKey(prefix, bucket), keyPrefix, sk, Math.min(limit - keys.length, itemsPerCall));
    const projection = projectionOf(['pk', 'sk', 'expiresAt']);
    const names = { ...projection.ExpressionAttributeNames, ...query.ExpressionAttributeNames };
    const input = { ...query, ...projection, ExpressionAttributeNames: names, ConsistentRead: consistent };
    const { Items = [], LastEvaluatedKey: last } = await connection.call('Query', input, signal);
    for (const item of Items) if (isLive(headOf(item), now)) keys.push(sortKeyOf(item));
    if (last !== undefined) return { keys, cursor: cursorOf({ bucket, sk: sortKeyOf(last) }) };
    if (keys.length >= limit && bucket + 1 < bucketCount)
      return { keys, cursor: cursorOf({ bucket: bucket + 1, sk: '' }) };
  }
  return { keys };
}

/** Live keys under a term, and the rows come across that surely belong to no entry any more. */
export async function indexPage(
  { connection, prefix, consistent, readHeads }: ListingParts,
  term: { readonly prefix: string; readonly name: string; readonly value: string },
  { cursor, limit }: PageRequest,
  { now, signal }: Call,
): Promise<{ page: KeyPage; dead: ItemKey[] }> {
  refuseTooLongKey(term.prefix);
  const { sk } = positionOf(cursor);
  const pk = termKey(prefix, term.name, term.value);
  const query = queryOf(pk, term.prefix, sk, Math.min(limit, itemsPerCall));
  const { Items = [], LastEvaluatedKey: last } = await connection.call(
    'Query',
    { ...query, ConsistentRead: consistent },
    signal,
  );
  const rows = Items.map((item) => ({ sk: sortKeyOf(item), at: Number(item.at?.N), ...partsOfRow(sortKeyOf(item)) }))
    // The generation behind a shorter key may look like the rest of the prefix.
    .filter(({ key }) => key.startsWith(term.prefix));
  const heads = await readHeads(
    rows.map(({ key }) => entryKey(prefix, key)),
    signal,
  );
  const keys: string[] = [];
  const dead: ItemKey[] = [];
  for (const [position, row] of rows.entries()) {
    const head = heads[position] && headOf(heads[position]);
    if (head?.generation === row.generation && isLive(head, now)) keys.push(row.key);
    else if (isSurelyDead(row, head, now)) dead.push({ pk, sk: row.sk });
  }
  const page = last === undefined ? { keys } : { keys, cursor: cursorOf({ bucket: 0, sk: sortKeyOf(last) }) };
  return { page, dead };
}

/** A row is written before its entry: one without it may be about to get it. */
function isSurelyDead(
  row: { readonly generation: string; readonly at: Millis },
  head: RecordHead | undefined,
  now: Millis,
): boolean {
  if (!(row.at + graceOfRows < now)) return false;
  return head?.generation !== row.generation || head.expiresAt + graceOfRows < now;
}

function queryOf(pk: string, begin: string, after: string, limit: number) {
  const all = begin === '';
  return {
    KeyConditionExpression: all ? '#pk = :pk' : '#pk = :pk AND begins_with(#sk, :begin)',
    ExpressionAttributeNames: { '#pk': 'pk', ...(all ? {} : { '#sk': 'sk' }) },
    ExpressionAttributeValues: { ':pk': { S: pk }, ...(all ? {} : { ':begin': { S: begin } }) },
    Limit: limit,
    ...(after === '' ? {} : { ExclusiveStartKey: { pk: { S: pk }, sk: { S: after } } }),
  };
}

function sortKeyOf(item: Item): string {
  return item.sk?.S ?? '';
}

function cursorOf({ bucket, sk }: Position): string {
  return Buffer.from(JSON.stringify([bucket, sk])).toString('base64url');
}

function positionOf(cursor: string | undefined): Position {
  if (cursor === undefined) return { bucket: 0, sk: '' };
  const parts = partsOf(cursor);
  if (parts !== undefined) return parts;
  throw new InvalidOptionError('This cursor does not belong to this listing. Begin without a cursor.');
}

function partsOf(cursor: string): Position | undefined {
  try {
    const [bucket, sk] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
    const isPosition = Number.isSafeInteger(bucket) && (bucket as number) >= 0 && typeof sk === 'string';
    return isPosition && Buffer.byteLength(sk) <= 1024 ? { bucket: bucket as number, sk } : undefined;
  } catch {
    return undefined;
  }
}
