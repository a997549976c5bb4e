// Publishes frames until its disk is full, frees it, and reports what the bus said.
import { setTimeout as wait } from 'node:timers/promises';
import { lmdbStore } from '../../../../dist/stores/lmdb/index.js';
import { report, writeOf } from './report.mjs';

const [path] = process.argv.slice(2);
process.on('unhandledRejection', (error) => report({ unhandled: String(error) }));

const call = { now: 1_000_000 };
const store = lmdbStore({ path });
const told = [];
const connection = store.bus.open({
  received: () => told.push('frame'),
  connected: () => told.push('connected'),
  disconnected: () => told.push('disconnected'),
  storeWrote() {},
});
const codeOf = (error) => error.code ?? String(error);
const large = 'x'.repeat(20_000);
const keys = [];

async function fill() {
  for (let index = 0; ; index += 1) {
    const refused = await store.set([writeOf(`key:${index}`, large)], call).then(() => undefined, codeOf);
    if (refused !== undefined) return;
    keys.push(`key:${index}`);
  }
}

async function publishUntilRefused() {
  for (;;) {
    const refused = await connection.publish(Buffer.alloc(60_000)).then(() => undefined, codeOf);
    if (refused !== undefined) return refused;
  }
}

await fill();
report({ refused: await publishUntilRefused(), told });
for (const key of keys) await store.delete([key], call).catch(() => {});
for (let attempt = 0; attempt < 100; attempt += 1) {
  const before = told.length;
  const isPublished = await connection.publish(Buffer.from('frame')).then(
    () => true,
    () => false,
  );
  await wait(50);
  if (isPublished && told.length > before && told.at(-1) === 'frame') break;
}
report({ told });
await connection.close();
await store.close();
