import { firestoreStore } from '../../../../dist/stores/firestore/index.js';

const store = firestoreStore({ projectId: 'larder-test', collection: 'cache' });
const call = { now: Date.now() };
const write = { key: 'k', bytes: Buffer.from('v'), expiresAt: Number.POSITIVE_INFINITY, version: '1', indexes: {} };
const calls = [store.get(['k'], call), store.set([write], call), store.scan('', { limit: 1 }, call)];
for (const { reason } of await Promise.allSettled(calls)) process.stdout.write(`${reason?.message}\n`);
await store.close();
