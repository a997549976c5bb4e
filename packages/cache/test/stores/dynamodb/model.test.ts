import { afterAll, beforeAll, describe, it } from 'vitest';
import { createCache } from '../../../src/cache/create-cache.js';
import { dynamoStore } from '../../../src/stores/dynamodb/index.js';
import { fakeClock } from '../../../src/testing/index.js';
import { describeCacheModel } from '../../cache/cache-model.js';
import { type DynamoServer, noDynamoServer, skippedBecause, startDynamoServer } from '../../servers/dynamodb.js';
import { expectLikeMemoryMap } from '../store-model.js';

describe.skipIf(noDynamoServer)(`DynamoDB Local${skippedBecause}`, () => {
  let server: DynamoServer;
  let table: Awaited<ReturnType<DynamoServer['newTable']>>;
  let opened = 0;

  beforeAll(async () => {
    server = await startDynamoServer();
    table = await server.newTable();
  });
  afterAll(() => server.stop());

  const open = () => {
    opened += 1;
    return dynamoStore({ ...table, prefix: `run-${opened}` });
  };

  it('answers like the memory-map store, whatever is asked in whatever order', { timeout: 60_000 }, async () => {
    const openRun = async () => ({ store: open(), end: async () => {} });
    await expectLikeMemoryMap({ open: openRun, numRuns: 20, startAt: Date.now() });
  });

  const openCache = async (memory: false | undefined) => {
    // What the server's own clock takes for long expired, it may remove.
    const clock = fakeClock(Date.now());
    const store = open();
    const cache = createCache({ clock, store, ...(memory === false ? { memory } : {}) });
    return { cache, clock, close: () => cache.close() };
  };
  describeCacheModel({ name: 'DynamoDB alone', runs: 20, open: () => openCache(false) });
  describeCacheModel({ name: 'memory before DynamoDB', runs: 20, open: () => openCache(undefined) });
});
