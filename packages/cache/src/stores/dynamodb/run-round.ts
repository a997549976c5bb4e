import type { Millis } from '../../contracts/time.js';
import { StoreError } from '../../errors.js';
import { pause, pauseAfter } from './backoff.js';
import type { Connection } from './connection.js';
import type { DirectWrites } from './direct-writes.js';
import { storeName } from './dynamo-errors.js';
import { type IndexRowsWriter, newRows } from './index-rows.js';
import { entryKey } from './layout.js';
import { type Answer, type Operation, planRound } from './plan-round.js';
import type { ReadItems } from './reads.js';
import {
  type Content,
  type DynamoRecord,
  hasTerms,
  type IndexRows,
  isLive,
  itemOf,
  newMark,
  recordOf,
  sameTerms,
} from './records.js';

/** What this process believes to stand under a key; `undefined` where it does not know. */
export type Known = { readonly record: DynamoRecord | undefined } | undefined;

export type RunRound = (
  key: string,
  operations: readonly Operation[],
  known: Known,
  signal: AbortSignal | undefined,
) => Promise<{ readonly answers: readonly Answer[]; readonly leaves: Known }>;

export interface RunRoundParts {
  readonly connection: Connection;
  readonly prefix: string;
  /** Consistent, whatever the option says. */
  readonly read: ReadItems;
  readonly rows: IndexRowsWriter;
  readonly direct: DirectWrites;
  readonly random: () => number;
}

/** Before the first pause, what refused the write is as good as a read. */
const attemptsBeforePauses = 2;
const attempts = 100;

/** Runs the changes that wait for one key: as one unconditional write where that will do, else as a compare-and-set. */
export function roundRunner({ connection, prefix, read, rows, direct, random }: RunRoundParts): RunRound {
  async function readRecord(key: string, signal: AbortSignal | undefined): Promise<DynamoRecord | undefined> {
    const [item] = await read([entryKey(prefix, key)], signal);
    return recordOf(item);
  }

  async function compareAndSet(
    key: string,
    operations: readonly Operation[],
    known: Known,
    signal: AbortSignal | undefined,
  ) {
    const now = operations[0]?.now ?? 0;
    let isCertain = known === undefined;
    let standing = known === undefined ? await readRecord(key, signal) : known.record;
    for (let failures = 0; failures < attempts; ) {
      const { answers, next } = planRound(standing, operations);
      if (next === standing && !isCertain) {
        // Without a write to prove it, what is believed to stand has to be looked at.
        standing = await readRecord(key, signal);
        isCertain = true;
        continue;
      }
      if (next === standing) return { answers, leaves: { record: standing } };
      const outcome = await replace(key, standing, next, now, signal);
      if (outcome.done) return { answers, leaves: { record: outcome.record } };
      failures += 1;
      standing = outcome.record;
      isCertain = true;
      if (failures < attemptsBeforePauses) continue;
      await pause(pauseAfter(failures - attemptsBeforePauses + 1, random), signal);
      standing = await readRecord(key, signal);
    }
    throw new StoreError(
      storeName,
      `Others changed the entry ${attempts} times in a row before a change of ours could.`,
    );
  }

  /** Answers with what stands now: what was to, or what came between. */
  async function replace(
    key: string,
    standing: DynamoRecord | undefined,
    next: Content | undefined,
    now: Millis,
    signal: AbortSignal | undefined,
  ): Promise<{ done: boolean; record: DynamoRecord | undefined }> {
    const { pk, sk } = entryKey(prefix, key);
    const condition = stillStands(standing);
    if (next === undefined) {
      const deleted = await connection.attempt(
        'DeleteItem',
        { Key: { pk: { S: pk }, sk: { S: sk } }, ...condition },
        signal,
      );
      if (!deleted.done) return { done: false, record: recordOf(deleted.standing) };
      if (standing !== undefined) rows.drop(key, standing);
      return { done: true, record: undefined };
    }
    const kept = rowsToKeep(standing, next, now);
    const own = kept ?? (hasTerms(next.indexes) ? newRows(next.expiresAt, now) : undefined);
    const record: DynamoRecord = { ...next, revision: newMark(), rows: own };
    const item = itemOf({ pk, sk }, record);
    if (own !== undefined && own !== kept) await rows.add(key, next.indexes, own, now, signal);
    const put = await connection.attempt('PutItem', { Item: item, ...condition }, signal);
    // The AWS SDK repeats a request whose answer was lost: what refuses the second may be the first.
    if (put.done || put.standing?.revision?.S === record.revision) {
      if (standing !== undefined && standing.rows !== kept) rows.drop(key, standing);
      return { done: true, record };
    }
    if (own !== kept) rows.drop(key, record);
    return { done: false, record: recordOf(put.standing) };
  }

  return async (key, operations, known, signal) => {
    const [operation] = operations;
    if (operations.length === 1 && operation !== undefined && operation.kind !== 'modify') {
      if (operation.kind === 'delete') return direct.remove(key, operation, signal);
      if (!hasTerms(operation.content.indexes)) return direct.put(key, operation, signal);
    }
    return compareAndSet(key, operations, known, signal);
  };
}

/** The rows of what stands, if they do for what follows it. Those of an expired entry may be about to be removed. */
function rowsToKeep(standing: DynamoRecord | undefined, next: Content, now: Millis): IndexRows | undefined {
  if (standing?.rows === undefined || !isLive(standing, now) || next.expiresAt > standing.rows.until) return undefined;
  return sameTerms(standing.indexes, next.indexes) ? standing.rows : undefined;
}

function stillStands(standing: DynamoRecord | undefined) {
  const names = { ExpressionAttributeNames: { '#revision': 'revision' } };
  const answer = { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } as const;
  if (standing === undefined) return { ...names, ...answer, ConditionExpression: 'attribute_not_exists(#revision)' };
  return {
    ...names,
    ...answer,
    ConditionExpression: '#revision = :revision',
    ExpressionAttributeValues: { ':revision': { S: standing.revision } },
  };
}
