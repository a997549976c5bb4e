// Prints how fast the store is on this machine: `node packages/cache/test/stores/lmdb/children/speed.mjs [folder]`
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lmdbStore } from '../../../../dist/stores/lmdb/index.js';

const path = await mkdtemp(join(process.argv[2] ?? tmpdir(), 'larder-speed-'));
const store = lmdbStore({ path });
const call = { now: Date.now() };
const entries = 20_000;
const bytes = new Uint8Array(200).fill(7);
const writeOf = (index, extra) => ({
  key: `namespace:key:${index % entries}`,
  bytes,
  expiresAt: call.now + 3_600_000 + index,
  version: `version-${index}`,
  indexes: {},
  ...extra,
});

async function measure(title, count, work) {
  const rates = [];
  for (let round = 0; round < 5; round += 1) {
    const start = performance.now();
    await work(count);
    rates.push((count / (performance.now() - start)) * 1000);
  }
  const median = rates.sort((left, right) => left - right)[2];
  console.log(`${title.padEnd(48)} ${Math.round(median).toLocaleString('en').padStart(9)} /s`);
}

async function inFlight(limit, count, work) {
  let next = 0;
  const worker = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: limit }, worker));
}

await measure('set, batches of 500', entries, async (count) => {
  for (let index = 0; index < count; index += 500) {
    await store.set(
      Array.from({ length: 500 }, (_, offset) => writeOf(index + offset)),
      call,
    );
  }
});
await measure('get, one key', 200_000, async (count) => {
  for (let index = 0; index < count; index += 1) await store.get([`namespace:key:${(index * 7919) % entries}`], call);
});
await measure('get, 100 keys at once', 200_000, async (count) => {
  for (let index = 0; index < count; index += 100) {
    const keys = Array.from({ length: 100 }, (_, offset) => `namespace:key:${((index + offset) * 7919) % entries}`);
    await store.get(keys, call);
  }
});
await measure('set, one at a time', 1000, (count) => inFlight(1, count, (index) => store.set([writeOf(index)], call)));
await measure('set, 512 in flight', 50_000, (count) =>
  inFlight(512, count, (index) => store.set([writeOf(index)], call)),
);
await measure('set with two index terms, 512 in flight', 50_000, (count) =>
  inFlight(512, count, (index) =>
    store.set([writeOf(index, { indexes: { user: `user-${index % 100}`, round: `round-${index % 7}` } })], call),
  ),
);
await measure('modify, 512 in flight', 50_000, (count) =>
  inFlight(512, count, (index) =>
    store.modify(`namespace:counter:${index % 1000}`, () => writeOf(index, { key: undefined }), call),
  ),
);

await store.close();
await rm(path, { recursive: true });
