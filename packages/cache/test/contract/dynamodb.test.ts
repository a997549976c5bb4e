import { afterAll, beforeAll, describe, it } from 'vitest';
import { dynamoStore } from '../../src/stores/dynamodb/index.js';
import { describeStoreContract } from '../../src/testing/index.js';
import { type DynamoServer, noDynamoServer, skippedBecause, startDynamoServer } from '../servers/dynamodb.js';

describe.skipIf(noDynamoServer)(`DynamoDB Local${skippedBecause}`, () => {
  let server: DynamoServer;
  let table: Awaited<ReturnType<DynamoServer['newTable']>>;
  let opened = 0;

  beforeAll(async () => {
    server = await startDynamoServer();
    table = await server.newTable();
  });
  afterAll(() => server.stop());

  const last = () => dynamoStore({ ...table, prefix: `test-${opened}` });

  describeStoreContract({
    describe,
    it,
    name: 'dynamodb',
    capabilities: dynamoStore({ table: 'unused' }).capabilities,
    async open() {
      opened += 1;
      return last();
    },
    openAgain: async () => last(),
    startAt: Date.now(),
    removesExpired: 'DynamoDB deletes expired items by itself',
  });
});
