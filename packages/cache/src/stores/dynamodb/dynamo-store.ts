import type {
  Store,
  StoreCall,
  StoreCapabilities,
  StoredEntry,
  StoreWrite,
  WriteResult,
} from '../../contracts/store.js';
import { ClosedError, InvalidOptionError } from '../../errors.js';
import { openConnection } from './connection.js';
import {
  connectionOptionNames,
  type DynamoConnectionOptions,
  refuseUnknown,
  resolveConnection,
} from './connection-options.js';
import { directWrites } from './direct-writes.js';
import { storeName } from './dynamo-errors.js';
import { indexRowsWriter } from './index-rows.js';
import { keyRounds } from './key-rounds.js';
import { entryKey, longestKey, longestPrefix, refuseUnusableKey } from './layout.js';
import { indexPage, type ListingParts, scanPage } from './listing.js';
import type { Answer, Operation } from './plan-round.js';
import { readItems } from './reads.js';
import { contentOf, entryOf, isLive, largestValue, recordOf } from './records.js';
import { roundRunner } from './run-round.js';

export interface DynamoStoreOptions extends DynamoConnectionOptions {
  /** Keeps the entries of this store apart from others in the table. Default: none. */
  readonly prefix?: string;
  /**
   * Reads see every write that has answered, in any process, at one read unit for each 4 KB. `false` halves the price,
   * and a read may answer with what stood a moment ago. Default `true`.
   */
  readonly consistentRead?: boolean;
}

const capabilities: StoreCapabilities = Object.freeze({
  persistent: true,
  shared: true,
  synchronousReads: false,
  atomicWrites: true,
  scan: 'once',
  index: true,
  expiry: 'exact',
  limits: Object.freeze({ keyBytes: longestKey, valueBytes: largestValue }),
});

/** How long `close` waits for the writes under way before it gives them up. */
const closeTimeout = 5_000;

/** Keeps entries in a table of DynamoDB, made by `larder setup dynamodb` or `createDynamoTable`. */
export function dynamoStore(options: DynamoStoreOptions): Store {
  const { prefix, consistent, ...connectionOptions } = resolveOptions(options);
  const connection = openConnection(connectionOptions);
  const random = Math.random;
  const read = readItems({ connection, random, consistent });
  const readConsistently = consistent ? read : readItems({ connection, random, consistent: true });
  const rows = indexRowsWriter(connection, prefix, random);
  const direct = directWrites(connection, prefix, rows);
  const rounds = keyRounds(roundRunner({ connection, prefix, read: readConsistently, rows, direct, random }));
  const readHeads = readItems({ connection, random, consistent, attributes: ['pk', 'sk', 'expiresAt', 'generation'] });
  const listing: ListingParts = { connection, prefix, consistent, readHeads };
  let closing: Promise<void> | undefined;

  function admit(call: StoreCall): void {
    if (closing !== undefined) throw new ClosedError();
    call.signal?.throwIfAborted();
  }

  async function ask(key: string, operation: Operation, call: StoreCall): Promise<Value> {
    const answer = await rounds.ask(key, operation, call.signal);
    if ('thrown' in answer) throw answer.thrown;
    return answer.value;
  }

  async function close(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const timeIsUp = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, closeTimeout).unref();
    });
    await Promise.race([rounds.idle().then(() => rows.idle()), timeIsUp]);
    clearTimeout(timer);
    connection.close();
  }

  return {
    name: storeName,
    capabilities,

    async get(keys, call) {
      admit(call);
      const items = await read(
        keys.map((key) => entryKey(prefix, key)),
        call.signal,
      );
      return items.map((item) => {
        const record = recordOf(item);
        return record !== undefined && isLive(record, call.now) ? entryOf(record) : undefined;
      });
    },

    async set(writes, call) {
      admit(call);
      const operations = writes.map((write) => setOperation(write, call));
      return Promise.all(operations.map(([key, operation]) => ask(key, operation, call) as Promise<WriteResult>));
    },

    async delete(keys, call) {
      admit(call);
      for (const key of keys) refuseUnusableKey(key);
      const operation = { kind: 'delete', now: call.now } as const;
      return Promise.all(keys.map((key) => ask(key, operation, call) as Promise<boolean>));
    },

    async modify(key, change, call) {
      admit(call);
      refuseUnusableKey(key);
      return (await ask(key, { kind: 'modify', change, now: call.now }, call)) as StoredEntry | undefined;
    },

    async scan(keyPrefix, page, call) {
      admit(call);
      return scanPage(listing, keyPrefix, page, call);
    },

    async byIndex(term, request, call) {
      admit(call);
      const { page, dead } = await indexPage(listing, term, request, call);
      if (closing === undefined) rows.dropRows(dead);
      return page;
    },

    /** DynamoDB deletes what has expired, for nothing; to find it would cost a read of the whole table. */
    async prune(_limit, call) {
      admit(call);
      return 0;
    },

    close() {
      closing ??= close();
      return closing;
    },
  };
}

type Value = Extract<Answer, { value: unknown }>['value'];

/** Checked before anything of the batch is written. */
function setOperation(write: StoreWrite, { now }: StoreCall): [string, Operation] {
  refuseUnusableKey(write.key);
  return [write.key, { kind: 'set', now, content: contentOf(write), condition: write.condition }];
}

function resolveOptions(options: DynamoStoreOptions) {
  refuseUnknown('dynamoStore', options, [...connectionOptionNames, 'prefix', 'consistentRead']);
  const { prefix = '', consistentRead = true } = options;
  if (typeof prefix !== 'string' || prefix.length > longestPrefix) {
    throw new InvalidOptionError(`dynamoStore: prefix must be text of at most ${longestPrefix} characters.`);
  }
  if (typeof consistentRead !== 'boolean') {
    throw new InvalidOptionError(`dynamoStore: consistentRead must be true or false, not ${String(consistentRead)}.`);
  }
  return { ...resolveConnection('dynamoStore', options), prefix, consistent: consistentRead };
}
