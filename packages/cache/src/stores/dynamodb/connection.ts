import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { ClosedError, type LarderError } from '../../errors.js';
import { type CallName, type Calls, commandFor, loadSdk, type Sdk } from './commands.js';
import type { DynamoClient, DynamoConnectionOptions } from './connection-options.js';
import { nameOf, toStoreError } from './dynamo-errors.js';
import { onAbort } from './on-abort.js';
import { requestSlots } from './request-slots.js';

export type Item = Record<string, AttributeValue>;

/** A conditional write was made, or was refused by what stands. */
export type Attempt<Output> =
  | { readonly done: true; readonly output: Output }
  | { readonly done: false; readonly standing: Item | undefined };

/** One table, reached through the AWS SDK, which is loaded at the first call. */
export interface Connection {
  readonly table: string;
  /** Rejects with errors of ours alone, or with the reason of `signal`. */
  call<Name extends CallName>(
    name: Name,
    input: Omit<Calls[Name]['input'], 'TableName'>,
    signal?: AbortSignal,
  ): Promise<Calls[Name]['output']>;
  /** As `call`; a condition that did not hold is an answer. */
  attempt<Name extends 'PutItem' | 'DeleteItem'>(
    name: Name,
    input: Omit<Calls[Name]['input'], 'TableName'>,
    signal?: AbortSignal,
  ): Promise<Attempt<Calls[Name]['output']>>;
  /** Resolves when a request could go out at once. */
  room(): Promise<void>;
  /** Ends every request under way and lets go of a client of its own. */
  close(): void;
}

interface Opened {
  readonly sdk: Sdk;
  readonly client: DynamoClient;
  readonly destroy: () => void;
}

/** Beyond the deadline of any cache; keeps whoever has none from waiting for ever. */
const timeouts = { connectionTimeout: 2_000, requestTimeout: 10_000, throwOnRequestTimeout: true };

export function openConnection(options: DynamoConnectionOptions): Connection {
  const { table, region, endpoint } = options;
  const slots = requestSlots();
  const underWay = new Set<AbortController>();
  let opening: Promise<Opened> | undefined;
  let closed = false;

  function opened(): Promise<Opened> {
    opening ??= open(options).catch((error) => {
      // After a failure the next call tries again.
      opening = undefined;
      throw error;
    });
    return opening;
  }

  async function send<Name extends CallName>(
    name: Name,
    input: Omit<Calls[Name]['input'], 'TableName'>,
    signal: AbortSignal | undefined,
  ): Promise<Calls[Name]['output']> {
    const { sdk, client } = await opened();
    const command = commandFor[name](sdk, withTable(name, input, table));
    const ending = new AbortController();
    signal?.throwIfAborted();
    const forget = onAbort(signal, () => ending.abort(signal?.reason));
    underWay.add(ending);
    try {
      return (await client.send(command, { abortSignal: ending.signal })) as Calls[Name]['output'];
    } catch (error) {
      if (ending.signal.aborted) throw ending.signal.reason;
      throw error;
    } finally {
      forget();
      underWay.delete(ending);
    }
  }

  function failure(name: CallName, error: unknown, signal: AbortSignal | undefined): LarderError {
    if (signal?.aborted === true && error === signal.reason) throw error;
    return toStoreError(error, { operation: name, table, region, endpoint });
  }

  return {
    table,
    async call(name, input, signal) {
      try {
        return await slots.run(() => send(name, input, signal), signal);
      } catch (error) {
        throw failure(name, error, signal);
      }
    },
    async attempt(name, input, signal) {
      try {
        return { done: true, output: await slots.run(() => send(name, input, signal), signal) };
      } catch (error) {
        if (nameOf(error) === 'ConditionalCheckFailedException') return { done: false, standing: standingOf(error) };
        throw failure(name, error, signal);
      }
    },
    room: () => slots.room(),
    close() {
      if (closed) return;
      closed = true;
      slots.close();
      for (const ending of underWay) ending.abort(new ClosedError());
      opening?.then(
        ({ destroy }) => destroy(),
        () => {},
      );
    },
  };
}

async function open({ client, region, endpoint, credentials }: DynamoConnectionOptions): Promise<Opened> {
  const sdk = await loadSdk();
  if (client !== undefined) return { sdk, client, destroy: () => {} };
  const own = new sdk.DynamoDBClient({
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
    requestHandler: timeouts,
  });
  return { sdk, client: own, destroy: () => own.destroy() };
}

/** Batches name the table in their own way. */
function withTable<Name extends CallName>(
  name: Name,
  input: Omit<Calls[Name]['input'], 'TableName'>,
  table: string,
): Calls[Name]['input'] {
  const isBatch = name === 'BatchGetItem' || name === 'BatchWriteItem';
  return (isBatch ? input : { ...input, TableName: table }) as Calls[Name]['input'];
}

function standingOf(error: unknown): Item | undefined {
  return error instanceof Error && 'Item' in error ? (error.Item as Item | undefined) : undefined;
}
