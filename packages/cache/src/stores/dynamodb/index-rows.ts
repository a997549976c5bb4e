import type { BatchWriteItemCommandInput } from '@aws-sdk/client-dynamodb';
import type { IndexTerms } from '../../contracts/entry.js';
import type { Millis } from '../../contracts/time.js';
import { pause, pauseAfter } from './backoff.js';
import type { Connection, Item } from './connection.js';
import { throttledError } from './dynamo-errors.js';
import { type ItemKey, rowKey } from './layout.js';
import { attempts, nameOf } from './reads.js';
import { type DynamoRecord, type IndexRows, newMark, ttlOf } from './records.js';
import { tickBatches } from './tick-batches.js';

/*
 * An entry with terms has an index row for each. A row belongs to one generation of its entry, named in both, and says
 * nothing unless the entry stands with that generation. So rows are written BEFORE their entry, and removed at any time
 * after it has another one: whatever fails, stops or overtakes in between leaves a row that says nothing, and never an
 * entry that is not found.
 */
export interface IndexRowsWriter {
  /** Resolves once rows for these terms stand. */
  add(key: string, indexes: IndexTerms, rows: IndexRows, now: Millis, signal: AbortSignal | undefined): Promise<void>;
  /** Removes the rows of a record that no longer stands; nobody waits, and those that stay behind say nothing. */
  drop(key: string, record: Pick<DynamoRecord, 'indexes' | 'rows'>): void;
  dropRows(rows: readonly ItemKey[]): void;
  /** Resolves when no row is being removed. */
  idle(): Promise<void>;
}

/** DynamoDB's own limit for one BatchWriteItem. */
const rowsPerCall = 25;

type RowWrite = ItemKey & { readonly item?: Item };
type RowRequest = NonNullable<BatchWriteItemCommandInput['RequestItems']>[string][number];

export function newRows(expiresAt: Millis, now: Millis): IndexRows {
  // Twice the life: renewed for as long as it had, which is the rule, an entry keeps its rows every other time.
  return { generation: newMark(), until: expiresAt + Math.max(0, expiresAt - now) };
}

export function indexRowsWriter(connection: Connection, prefix: string, random: () => number): IndexRowsWriter {
  const removals = new Set<Promise<unknown>>();

  /** The only writes that may go in batches: nothing needs to be known of what stood there before. */
  async function send(writes: readonly RowWrite[], signal: AbortSignal | undefined): Promise<Map<string, true>> {
    let left = writes.map(({ pk, sk, item }): RowRequest => {
      if (item !== undefined) return { PutRequest: { Item: item } };
      return { DeleteRequest: { Key: { pk: { S: pk }, sk: { S: sk } } } };
    });
    for (let attempt = 1; ; attempt += 1) {
      left = await writeBatch(left, signal);
      if (left.length === 0) return new Map();
      if (attempt === attempts) throw throttledError({ table: connection.table, operation: 'BatchWriteItem' });
      await pause(pauseAfter(attempt, random), signal);
    }
  }

  /** Answers what was not processed. */
  async function writeBatch(requests: RowRequest[], signal: AbortSignal | undefined): Promise<RowRequest[]> {
    const input = { RequestItems: { [connection.table]: requests } };
    const answer = await connection.call('BatchWriteItem', input, signal);
    return Object.values(answer.UnprocessedItems ?? {}).flat();
  }

  const ask = tickBatches<RowWrite, true>({ nameOf, size: rowsPerCall, send, room: connection.room });

  function dropRows(rows: readonly ItemKey[]): void {
    if (rows.length === 0) return;
    const removal = ask(rows, undefined)
      .catch(() => {})
      .finally(() => removals.delete(removal));
    removals.add(removal);
  }

  return {
    async add(key, indexes, { generation, until }, now, signal) {
      const writes = Object.entries(indexes).map((term): RowWrite => {
        const { pk, sk } = rowKey(prefix, key, term, generation);
        return { pk, sk, item: { pk: { S: pk }, sk: { S: sk }, at: { N: String(now) }, ...ttlOf(until) } };
      });
      await ask(writes, signal);
    },
    drop(key, { indexes, rows }) {
      if (rows === undefined) return;
      dropRows(Object.entries(indexes).map((term) => rowKey(prefix, key, term, rows.generation)));
    },
    dropRows,
    async idle() {
      while (removals.size > 0) await Promise.all(removals);
    },
  };
}
