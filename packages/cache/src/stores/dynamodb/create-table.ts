import { setTimeout as wait } from 'node:timers/promises';
import type { TableDescription } from '@aws-sdk/client-dynamodb';
import { LarderError, StoreError } from '../../errors.js';
import { type Connection, openConnection } from './connection.js';
import {
  connectionOptionNames,
  type DynamoConnectionOptions,
  refuseUnknown,
  resolveConnection,
} from './connection-options.js';
import { isMissingTable, isNotAllowed, nameOf, storeName } from './dynamo-errors.js';
import { awsCommands } from './table-commands.js';

export type CreateDynamoTableOptions = DynamoConnectionOptions;

/** What `createDynamoTable` did, or what somebody with more rights has to do. */
export type DynamoTableOutcome =
  | { readonly outcome: 'created' | 'already-there' }
  | { readonly outcome: 'not-allowed'; readonly problem: string; readonly commands: readonly string[] };

const timeBetweenLooks = 500;
const longestWait = 120_000;

/**
 * Makes the table of a `dynamoStore`: billed by request, with deletion of expired items. What is there already stays;
 * a table with another layout is refused. Where the credentials may not, answers with the commands for those who may.
 *
 * @throws StoreError if DynamoDB cannot be reached, or the table is not of this layout
 */
export async function createDynamoTable(options: CreateDynamoTableOptions): Promise<DynamoTableOutcome> {
  refuseUnknown('createDynamoTable', options, connectionOptionNames);
  const resolved = resolveConnection('createDynamoTable', options);
  const connection = openConnection(resolved);
  try {
    return { outcome: await setUp(connection) };
  } catch (error) {
    if (!(error instanceof LarderError) || !isNotAllowed(error.cause)) throw error;
    return { outcome: 'not-allowed', problem: error.message, commands: awsCommands(resolved) };
  } finally {
    connection.close();
  }
}

async function setUp(connection: Connection): Promise<'created' | 'already-there'> {
  const found = await describe(connection);
  const isNew = found === undefined && (await create(connection));
  refuseOtherLayout(await untilActive(connection), connection.table);
  const hasChanged = await enableTimeToLive(connection);
  return isNew || hasChanged ? 'created' : 'already-there';
}

async function describe(connection: Connection): Promise<TableDescription | undefined> {
  try {
    return (await connection.call('DescribeTable', {})).Table;
  } catch (error) {
    if (error instanceof LarderError && isMissingTable(error.cause)) return undefined;
    throw error;
  }
}

/** False where another process was faster. */
async function create(connection: Connection): Promise<boolean> {
  try {
    await connection.call('CreateTable', {
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'S' },
      ],
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
    });
    return true;
  } catch (error) {
    if (error instanceof LarderError && nameOf(error.cause) === 'ResourceInUseException') return false;
    throw error;
  }
}

async function untilActive(connection: Connection): Promise<TableDescription> {
  for (let waited = 0; waited < longestWait; waited += timeBetweenLooks) {
    const table = await describe(connection);
    if (table?.TableStatus === 'ACTIVE' || table?.TableStatus === 'UPDATING') return table;
    await wait(timeBetweenLooks);
  }
  throw new StoreError(
    storeName,
    `The table ${connection.table} was not ready after ${longestWait / 1000} s: try again.`,
  );
}

/** Whether it had to be enabled: DynamoDB refuses to do so twice. */
async function enableTimeToLive(connection: Connection): Promise<boolean> {
  if (await hasTimeToLive(connection)) return false;
  try {
    await connection.call('UpdateTimeToLive', { TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true } });
    return true;
  } catch (error) {
    // Another process may have been faster.
    if (await hasTimeToLive(connection)) return false;
    throw error;
  }
}

async function hasTimeToLive(connection: Connection): Promise<boolean> {
  const { TimeToLiveDescription: now } = await connection.call('DescribeTimeToLive', {});
  if (now?.TimeToLiveStatus !== 'ENABLED' && now?.TimeToLiveStatus !== 'ENABLING') return false;
  if (now.AttributeName === 'ttl') return true;
  throw new StoreError(
    storeName,
    `The table ${connection.table} deletes by the attribute ${now.AttributeName}, and this store needs ttl: use another table.`,
  );
}

function refuseOtherLayout({ KeySchema = [], AttributeDefinitions = [] }: TableDescription, table: string): void {
  const isKey = (name: string, type: string) =>
    KeySchema.some(({ AttributeName, KeyType }) => AttributeName === name && KeyType === type) &&
    AttributeDefinitions.some(({ AttributeName, AttributeType }) => AttributeName === name && AttributeType === 'S');
  if (isKey('pk', 'HASH') && isKey('sk', 'RANGE')) return;
  throw new StoreError(
    storeName,
    `The table ${table} is there, but not with the key pk and sk, both text: give another name, and it will be made.`,
  );
}
