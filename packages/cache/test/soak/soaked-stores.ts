import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Store } from '../../src/contracts/store.js';
import { dynamoStore } from '../../src/stores/dynamodb/index.js';
import { firestoreStore } from '../../src/stores/firestore/index.js';
import { lmdbStore } from '../../src/stores/lmdb/index.js';
import { memcachedStore } from '../../src/stores/memcached/index.js';
import { redisStore } from '../../src/stores/redis/index.js';
import { noDynamoServer, startDynamoServer } from '../servers/dynamodb.js';
import { firestoreMissing, startFirestore } from '../servers/firestore.js';
import { isMemcachedMissing, startMemcached } from '../servers/memcached.js';
import { redisIsMissing, startRedis } from '../servers/redis.js';
import { emulatorClient } from '../stores/firestore/emulator-client.js';

export interface SoakedStore {
  readonly name: string;
  /** Why it cannot be soaked on this machine. */
  readonly missing: string | undefined;
  readonly walkers: number;
  /** The same entries each time it is opened. */
  readonly start: () => Promise<{ open(): Store; stop(): Promise<void> }>;
}

export const soakedStores: readonly SoakedStore[] = [
  {
    name: 'LMDB',
    missing: undefined,
    walkers: 128,
    async start() {
      const path = await mkdtemp(join(tmpdir(), 'larder-soak-'));
      return { open: () => lmdbStore({ path }), stop: () => rm(path, { recursive: true }) };
    },
  },
  {
    name: 'Redis',
    missing: redisIsMissing,
    walkers: 128,
    async start() {
      const server = await startRedis();
      return { open: () => redisStore({ url: server.url }), stop: () => server.stop() };
    },
  },
  {
    name: 'memcached',
    missing: isMemcachedMissing ? 'memcached is not installed' : undefined,
    walkers: 128,
    async start() {
      const server = await startMemcached(['-m', '1024']);
      return {
        open: () => memcachedStore({ servers: [server.address], answerTimeout: 60_000 }),
        stop: () => server.stop(),
      };
    },
  },
  {
    name: 'DynamoDB',
    missing: noDynamoServer,
    walkers: 16,
    async start() {
      const server = await startDynamoServer();
      const table = await server.newTable();
      return { open: () => dynamoStore(table), stop: () => server.stop() };
    },
  },
  {
    name: 'Firestore',
    missing: firestoreMissing,
    walkers: 16,
    async start() {
      const server = await startFirestore();
      const client = emulatorClient(server.host);
      return {
        open: () => firestoreStore({ client, collection: 'soak' }),
        async stop() {
          await client.terminate();
          await server.stop();
        },
      };
    },
  },
];
