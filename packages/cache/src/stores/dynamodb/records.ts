import { randomBytes } from 'node:crypto';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { IndexTerms } from '../../contracts/entry.js';
import type { StoredEntry, StoreWrite } from '../../contracts/store.js';
import type { Millis } from '../../contracts/time.js';
import { UnsupportedValueError } from '../../errors.js';
import type { Item } from './connection.js';
import { type ItemKey, markLength } from './layout.js';

/** What a caller wants to stand under a key. */
export interface Content extends StoredEntry {
  readonly indexes: IndexTerms;
}

/** What stands under a key, live or not. */
export interface DynamoRecord extends Content {
  /** Another one at every write, so that no state is mistaken for an earlier one that looks the same. */
  readonly revision: string;
  /** The index rows that belong to it, and until when they stand; nothing where it has no terms. */
  readonly rows: IndexRows | undefined;
}

export interface IndexRows {
  readonly generation: string;
  readonly until: Millis;
}

/** DynamoDB's own limit for an item, its attributes' names among it. */
const largestItem = 400 * 1024;
/** The rest is for key, version and terms. */
export const largestValue = largestItem - 16 * 1024;
/** Both keys with the longest prefix, the marks, the numbers and the names of all attributes. */
const roomForTheRest = 2 * 1024;

/** DynamoDB deletes by its own clock: not before ours, even where ours is behind. */
const secondsAfterDeadline = 60;

const noTerms: IndexTerms = Object.freeze({});

export function newMark(): string {
  return randomBytes((markLength * 3) / 4).toString('base64url');
}

export function isLive(record: { readonly expiresAt: Millis }, now: Millis): boolean {
  return now < record.expiresAt;
}

/** A copy that no caller holds, small enough for an item. */
export function contentOf(write: Omit<StoreWrite, 'key' | 'condition'>): Content {
  refuseTooLarge(write);
  const { bytes, expiresAt, version, indexes } = write;
  return { bytes: Uint8Array.from(bytes), expiresAt, version, indexes: hasTerms(indexes) ? { ...indexes } : noTerms };
}

function refuseTooLarge({ bytes, version, indexes }: Omit<StoreWrite, 'key' | 'condition'>): void {
  const limit = 'an item of DynamoDB has at most 400 KB';
  if (bytes.byteLength > largestValue) {
    const sizes = `${bytes.byteLength} bytes, and the dynamodb store keeps at most ${largestValue} (${limit})`;
    throw new UnsupportedValueError('value', `is too large: its envelope has ${sizes}.`);
  }
  const terms = hasTerms(indexes) ? Buffer.byteLength(JSON.stringify(indexes)) : 0;
  const size = bytes.byteLength + Buffer.byteLength(version) + terms + roomForTheRest;
  if (size <= largestItem) return;
  throw new UnsupportedValueError('value', `is too large, together with its index terms: ${size} bytes, and ${limit}.`);
}

export function entryOf({ bytes, expiresAt, version }: StoredEntry): StoredEntry {
  return { bytes: Uint8Array.from(bytes), expiresAt, version };
}

export function hasTerms(indexes: IndexTerms): boolean {
  for (const _ in indexes) return true;
  return false;
}

export function sameTerms(one: IndexTerms, other: IndexTerms): boolean {
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => hasTerm(other, name, one[name]));
}

function hasTerm(indexes: IndexTerms, name: string, value: string | undefined): boolean {
  return Object.hasOwn(indexes, name) && indexes[name] === value;
}

/** An attribute that says nothing is left out: no `expiresAt` is never, no `terms` are none. */
export function itemOf({ pk, sk }: ItemKey, record: DynamoRecord): Item {
  const { bytes, expiresAt, version, indexes, revision, rows } = record;
  return {
    pk: { S: pk },
    sk: { S: sk },
    data: { B: bytes },
    version: { S: version },
    revision: { S: revision },
    ...(expiresAt === Number.POSITIVE_INFINITY ? {} : { expiresAt: { N: String(expiresAt) } }),
    ...ttlOf(expiresAt),
    ...(rows === undefined ? {} : { terms: { S: JSON.stringify(indexes) }, generation: { S: rows.generation } }),
    ...(rows === undefined || rows.until === Number.POSITIVE_INFINITY ? {} : { rowsUntil: { N: String(rows.until) } }),
  };
}

/** What DynamoDB deletes by, within two days or so. */
export function ttlOf(deadline: Millis): Item {
  if (deadline === Number.POSITIVE_INFINITY) return {};
  return { ttl: { N: String(Math.ceil(deadline / 1000) + secondsAfterDeadline) } };
}

/** `undefined` for what is not there, and for what somebody else put there. */
export function recordOf(item: Item | undefined): DynamoRecord | undefined {
  const [bytes, version, revision] = [item?.data?.B, item?.version?.S, item?.revision?.S];
  if (item === undefined || bytes === undefined || version === undefined || revision === undefined) return undefined;
  const rows = rowsOf(item);
  const indexes = rows === undefined ? noTerms : (JSON.parse(item.terms?.S ?? '{}') as IndexTerms);
  return { bytes, version, revision, rows, indexes, expiresAt: deadlineOf(item) };
}

/** What a listing needs to know of an entry. */
export interface RecordHead {
  readonly expiresAt: Millis;
  readonly generation: string | undefined;
}

export function headOf(item: Item): RecordHead {
  return { expiresAt: deadlineOf(item), generation: item.generation?.S };
}

function deadlineOf(item: Item): Millis {
  return numberOf(item.expiresAt);
}

function rowsOf(item: Item): IndexRows | undefined {
  const generation = item.generation?.S;
  return generation === undefined ? undefined : { generation, until: numberOf(item.rowsUntil) };
}

function numberOf(attribute: AttributeValue | undefined): number {
  return attribute?.N === undefined ? Number.POSITIVE_INFINITY : Number(attribute.N);
}
