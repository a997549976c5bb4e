import type { WriteCondition } from '../../contracts/store.js';
import type { Millis } from '../../contracts/time.js';
import type { Connection } from './connection.js';
import type { IndexRowsWriter } from './index-rows.js';
import { entryKey } from './layout.js';
import type { Answer, Operation } from './plan-round.js';
import { type DynamoRecord, isLive, itemOf, newMark, recordOf } from './records.js';

interface Written {
  readonly answers: readonly Answer[];
  readonly leaves: { readonly record: DynamoRecord | undefined } | undefined;
}

/** Writes that need not be told what stands: DynamoDB judges the condition, and answers with what stood before. */
export interface DirectWrites {
  put(key: string, operation: Operation & { kind: 'set' }, signal: AbortSignal | undefined): Promise<Written>;
  remove(key: string, operation: Operation & { kind: 'delete' }, signal: AbortSignal | undefined): Promise<Written>;
}

export function directWrites(connection: Connection, prefix: string, rows: IndexRowsWriter): DirectWrites {
  return {
    async put(key, { content, condition, now }, signal) {
      const record: DynamoRecord = { ...content, revision: newMark(), rows: undefined };
      const input = { Item: itemOf(entryKey(prefix, key), record), ...conditionOf(condition, now) };
      const put = await connection.attempt('PutItem', { ...input, ReturnValues: 'ALL_OLD' }, signal);
      if (!put.done && put.standing?.revision?.S !== record.revision) {
        return { answers: [{ value: 'condition-failed' }], leaves: undefined };
      }
      // The second of two requests, the answer to the first of which was lost, is refused by the first: it was made.
      const before = recordOf(put.done ? put.output.Attributes : undefined);
      if (before !== undefined) rows.drop(key, before);
      const wasLive = put.done
        ? before !== undefined && isLive(before, now)
        : condition !== undefined && 'version' in condition;
      return { answers: [{ value: wasLive ? 'replaced' : 'created' }], leaves: { record } };
    },

    async remove(key, { now }, signal) {
      const { pk, sk } = entryKey(prefix, key);
      const input = { Key: { pk: { S: pk }, sk: { S: sk } }, ReturnValues: 'ALL_OLD' } as const;
      const before = recordOf((await connection.call('DeleteItem', input, signal)).Attributes);
      if (before !== undefined) rows.drop(key, before);
      return {
        answers: [{ value: before !== undefined && isLive(before, now) }],
        leaves: { record: undefined },
      };
    },
  };
}

/** By our own deadline: DynamoDB leaves what has expired there for up to two days. */
function conditionOf(condition: WriteCondition | undefined, now: Millis) {
  if (condition === undefined) return {};
  const time = { ':now': { N: String(now) } };
  const refusal = { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } as const;
  if ('absent' in condition) {
    return {
      ...refusal,
      ConditionExpression: 'attribute_not_exists(#revision) OR #expiresAt <= :now',
      ExpressionAttributeNames: { '#revision': 'revision', '#expiresAt': 'expiresAt' },
      ExpressionAttributeValues: time,
    };
  }
  return {
    ...refusal,
    ConditionExpression: '#version = :version AND (attribute_not_exists(#expiresAt) OR #expiresAt > :now)',
    ExpressionAttributeNames: { '#version': 'version', '#expiresAt': 'expiresAt' },
    ExpressionAttributeValues: { ...time, ':version': { S: condition.version } },
  };
}
