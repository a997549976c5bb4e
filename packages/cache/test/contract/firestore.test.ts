import type { Firestore } from '@google-cloud/firestore';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { firestoreStore } from '../../src/stores/firestore/index.js';
import { describeStoreContract } from '../../src/testing/index.js';
import { type FirestoreServer, firestoreMissing, skipNote, startFirestore } from '../servers/firestore.js';
import { emulatorClient, newCollection } from '../stores/firestore/emulator-client.js';

describe.skipIf(firestoreMissing !== undefined)(`on Google's emulator${skipNote}`, () => {
  let server: FirestoreServer;
  let client: Firestore;
  let collection = '';

  beforeAll(async () => {
    server = await startFirestore();
    client = emulatorClient(server.host);
  });
  afterAll(async () => {
    await client?.terminate();
    await server?.stop();
  });

  describeStoreContract({
    describe,
    it,
    name: 'firestore',
    capabilities: firestoreStore({ projectId: 'unused', collection: 'unused' }).capabilities,
    startAt: Date.now(),
    async open() {
      collection = newCollection();
      return firestoreStore({ client, collection });
    },
    openAgain: async () => firestoreStore({ client, collection }),
  });
});
