import { Firestore } from '@google-cloud/firestore';
import { firestoreStore } from '../../../../dist/stores/firestore/index.js';

const [host, collection, times] = process.argv.slice(2);
const client = new Firestore({
  projectId: 'larder-test',
  host,
  ssl: false,
  customHeaders: { Authorization: 'Bearer owner' },
});
const store = firestoreStore({ client, collection });
const increment = (current) => ({
  bytes: Buffer.from(String(Number(Buffer.from(current?.bytes ?? '0').toString()) + 1)),
  expiresAt: Number.POSITIVE_INFINITY,
  version: crypto.randomUUID(),
  indexes: {},
});
const call = { now: Date.now() };
await store.get(['counter'], call);
process.stdout.write('ready\n');
await new Promise((resolve) => process.stdin.once('data', resolve));
for (let time = 0; time < Number(times); time++) await store.modify('counter', increment, call);
const [added] = await store.set([{ key: 'winner', ...increment(undefined), condition: { absent: true } }], call);
process.stdout.write(`${added}\n`);
await store.close();
await client.terminate();
process.stdin.destroy();
