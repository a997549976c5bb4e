export type { DynamoClient, DynamoConnectionOptions, DynamoCredentials } from './connection-options.js';
export { type CreateDynamoTableOptions, createDynamoTable, type DynamoTableOutcome } from './create-table.js';
export { type DynamoStoreOptions, dynamoStore } from './dynamo-store.js';
