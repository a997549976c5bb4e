import type { StoreChange, StoredEntry, StoreWrite, WriteCondition, WriteResult } from '../../contracts/store.js';
import type { Millis } from '../../contracts/time.js';
import { keyToBytes, refuseTooLargeRecord, refuseTooLargeValue } from './keys.js';
import type { Tables } from './open-environment.js';
import { type EncodedRecord, encodeRecord, entryOf, headOf, isLive, type RecordHead } from './records.js';
import { putRecord, readHead, readRecord, removeRecord } from './tables.js';

/* What a write does inside its transaction. */

/** A write made ready outside the transaction, which is then short and cannot fail on bad input half-way. */
export interface PreparedWrite {
  readonly key: Buffer;
  readonly next: EncodedRecord;
  readonly condition: WriteCondition | undefined;
}

export function prepareWrite(write: StoreWrite): PreparedWrite {
  return { key: keyToBytes(write.key), next: prepareRecord(write), condition: write.condition };
}

function prepareRecord(write: Omit<StoreWrite, 'key' | 'condition'>): EncodedRecord {
  refuseTooLargeValue(write.bytes);
  const encoded = encodeRecord(write);
  refuseTooLargeRecord(encoded.record);
  return encoded;
}

export function applyWrite(tables: Tables, { key, next, condition }: PreparedWrite, now: Millis): WriteResult {
  const previous = readHead(tables, key);
  const current = previous !== undefined && isLive(previous, now) ? previous : undefined;
  if (!conditionHolds(condition, current)) return 'condition-failed';
  putRecord(tables, key, next, previous, now);
  return current === undefined ? 'created' : 'replaced';
}

export function applyDelete(tables: Tables, key: Buffer, now: Millis): boolean {
  const head = readHead(tables, key);
  if (head === undefined) return false;
  removeRecord(tables, key, head, now);
  return isLive(head, now);
}

/** What `change` or its decision threw: the answer to its caller, and no failure of the transaction. */
export interface ChangeFailure {
  readonly thrown: unknown;
}

export function applyChange(
  tables: Tables,
  key: Buffer,
  change: StoreChange,
  now: Millis,
): StoredEntry | undefined | ChangeFailure {
  const record = readRecord(tables.values, key);
  const previous = record && headOf(record);
  const current = record && previous && isLive(previous, now) ? entryOf(record) : undefined;

  const decision = decide(change, current);
  if ('thrown' in decision) return decision;
  if (decision.outcome === 'keep') return current;
  if (decision.outcome === 'delete') {
    if (previous !== undefined) removeRecord(tables, key, previous, now);
    return undefined;
  }
  putRecord(tables, key, decision.outcome, previous, now);
  return isLive(decision.outcome, now) ? entryOf(decision.outcome.record) : undefined;
}

export function isChangeFailure(answer: object | undefined): answer is ChangeFailure {
  return answer !== undefined && 'thrown' in answer;
}

type Decision = { readonly outcome: EncodedRecord | 'delete' | 'keep' } | ChangeFailure;

/** Nothing is written yet when `change` runs, so nothing needs undoing when it throws. */
function decide(change: StoreChange, current: StoredEntry | undefined): Decision {
  try {
    const decision = change(current);
    return { outcome: typeof decision === 'string' ? decision : prepareRecord(decision) };
  } catch (thrown) {
    return { thrown };
  }
}

function conditionHolds(condition: WriteCondition | undefined, current: RecordHead | undefined): boolean {
  if (condition === undefined) return true;
  if ('absent' in condition) return current === undefined;
  return current?.version === condition.version;
}
