import type {
  BatchGetItemCommandInput,
  BatchGetItemCommandOutput,
  BatchWriteItemCommandInput,
  BatchWriteItemCommandOutput,
  CreateTableCommandInput,
  CreateTableCommandOutput,
  DeleteItemCommandInput,
  DeleteItemCommandOutput,
  DescribeTableCommandInput,
  DescribeTableCommandOutput,
  DescribeTimeToLiveCommandInput,
  DescribeTimeToLiveCommandOutput,
  PutItemCommandInput,
  PutItemCommandOutput,
  QueryCommandInput,
  QueryCommandOutput,
  UpdateTimeToLiveCommandInput,
  UpdateTimeToLiveCommandOutput,
} from '@aws-sdk/client-dynamodb';
import { ClientMissingError } from '../../errors.js';
import { storeName } from './dynamo-errors.js';

/** The calls that are made, and so the rights that a store needs. */
export interface Calls {
  BatchGetItem: { input: BatchGetItemCommandInput; output: BatchGetItemCommandOutput };
  BatchWriteItem: { input: BatchWriteItemCommandInput; output: BatchWriteItemCommandOutput };
  PutItem: { input: PutItemCommandInput; output: PutItemCommandOutput };
  DeleteItem: { input: DeleteItemCommandInput; output: DeleteItemCommandOutput };
  Query: { input: QueryCommandInput; output: QueryCommandOutput };
  CreateTable: { input: CreateTableCommandInput; output: CreateTableCommandOutput };
  DescribeTable: { input: DescribeTableCommandInput; output: DescribeTableCommandOutput };
  DescribeTimeToLive: { input: DescribeTimeToLiveCommandInput; output: DescribeTimeToLiveCommandOutput };
  UpdateTimeToLive: { input: UpdateTimeToLiveCommandInput; output: UpdateTimeToLiveCommandOutput };
}

export type CallName = keyof Calls;
export type Sdk = typeof import('@aws-sdk/client-dynamodb');

export const commandFor: { readonly [Name in CallName]: (sdk: Sdk, input: Calls[Name]['input']) => object } = {
  BatchGetItem: (sdk, input) => new sdk.BatchGetItemCommand(input),
  BatchWriteItem: (sdk, input) => new sdk.BatchWriteItemCommand(input),
  PutItem: (sdk, input) => new sdk.PutItemCommand(input),
  DeleteItem: (sdk, input) => new sdk.DeleteItemCommand(input),
  Query: (sdk, input) => new sdk.QueryCommand(input),
  CreateTable: (sdk, input) => new sdk.CreateTableCommand(input),
  DescribeTable: (sdk, input) => new sdk.DescribeTableCommand(input),
  DescribeTimeToLive: (sdk, input) => new sdk.DescribeTimeToLiveCommand(input),
  UpdateTimeToLive: (sdk, input) => new sdk.UpdateTimeToLiveCommand(input),
};

/** A given client needs it too: a command is a class of the package. */
export async function loadSdk(): Promise<Sdk> {
  try {
    return await import('@aws-sdk/client-dynamodb');
  } catch (error) {
    throw new ClientMissingError(storeName, '@aws-sdk/client-dynamodb', error);
  }
}
