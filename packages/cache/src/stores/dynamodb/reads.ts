import { pause, pauseAfter } from './backoff.js';
import type { Connection, Item } from './connection.js';
import { throttledError } from './dynamo-errors.js';
import type { ItemKey } from './layout.js';
import { tickBatches } from './tick-batches.js';

/** DynamoDB's own limit for one BatchGetItem. */
const keysPerCall = 100;
/** About two seconds of pauses: longer than any cache waits by default. */
export const attempts = 10;

export type ReadItems = (keys: readonly ItemKey[], signal: AbortSignal | undefined) => Promise<(Item | undefined)[]>;

export interface ReadItemsParts {
  readonly connection: Connection;
  readonly random: () => number;
  readonly consistent: boolean;
  /** The only attributes to answer with; by default all. The price is that of the whole item. */
  readonly attributes?: readonly string[];
}

/** Reads items by BatchGetItem, those asked for within a turn of the event loop together. */
export function readItems({ connection, random, consistent, attributes }: ReadItemsParts): ReadItems {
  const projection = attributes === undefined ? {} : projectionOf(attributes);

  async function send(keys: readonly ItemKey[], signal: AbortSignal | undefined): Promise<Map<string, Item>> {
    const found = new Map<string, Item>();
    let left: Item[] = keys.map(({ pk, sk }) => ({ pk: { S: pk }, sk: { S: sk } }));
    for (let attempt = 1; ; attempt += 1) {
      const request = { Keys: left, ConsistentRead: consistent, ...projection };
      const answer = await connection.call('BatchGetItem', { RequestItems: { [connection.table]: request } }, signal);
      for (const item of Object.values(answer.Responses ?? {}).flat()) found.set(nameOfItem(item), item);
      left = Object.values(answer.UnprocessedKeys ?? {}).flatMap(({ Keys = [] }) => Keys);
      if (left.length === 0) return found;
      if (attempt === attempts) throw throttledError({ table: connection.table, operation: 'BatchGetItem' });
      // More than 16 MB is no reason to wait; being throttled is, and the answer does not say which it was.
      await pause(pauseAfter(attempt, random), signal);
    }
  }

  return tickBatches({ nameOf, size: keysPerCall, send, room: connection.room });
}

/** A partition key has no line feed but in a prefix, and what follows that has a fixed length. */
export function nameOf({ pk, sk }: ItemKey): string {
  return `${pk}\n${sk}`;
}

function nameOfItem(item: Item): string {
  return nameOf({ pk: item.pk?.S ?? '', sk: item.sk?.S ?? '' });
}

/** Half of the words are reserved in DynamoDB's expressions. */
export function projectionOf(attributes: readonly string[]) {
  return {
    ProjectionExpression: attributes.map((name) => `#${name}`).join(', '),
    ExpressionAttributeNames: Object.fromEntries(attributes.map((name) => [`#${name}`, name])),
  };
}
