// Prints what the bus costs writes on this machine: `node packages/cache/test/stores/lmdb/children/bus-cost.mjs [folder]`
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lmdbStore } from '../../../../dist/stores/lmdb/index.js';

const inFlight = 64;
const writesPerRound = 6400;
const rounds = 12;
const path = await mkdtemp(join(process.argv[2] ?? tmpdir(), 'larder-bus-cost-'));
const store = lmdbStore({ path });
const call = { now: Date.now() };
const bytes = new Uint8Array(200).fill(7);
const keyOf = (index) => `namespace:key:${index % 20_000}`;
let heard = 0;
const listener = { received: () => (heard += 1), connected() {}, disconnected() {}, storeWrote() {} };
const nobody = { publish() {} };

/** Writes, and tells of all that were written in a tick in one frame, as a cache does. */
async function round(connection) {
  let next = 0;
  let changed = [];
  const publish = () => {
    void connection.publish(Buffer.from(JSON.stringify(changed)));
    changed = [];
  };
  const worker = async () => {
    while (next < writesPerRound) {
      const index = next++;
      await store.set(
        [{ key: keyOf(index), bytes, expiresAt: call.now + 3_600_000 + index, version: `${index}`, indexes: {} }],
        call,
      );
      if (changed.push(keyOf(index)) === 1) setImmediate(publish);
    }
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: inFlight }, worker));
  const rate = (writesPerRound / (performance.now() - start)) * 1000;
  await new Promise(setImmediate); // The last frame.
  return rate;
}

const median = (values) => values.toSorted((left, right) => left - right)[values.length >> 1];
const rates = { without: [], with: [] };
await round(nobody);
for (let count = 0; count < rounds; count += 1) {
  rates.without.push(await round(nobody));
  const connection = store.bus.open(listener);
  await new Promise((resolve) => setTimeout(resolve, 20));
  rates.with.push(await round(connection));
  await connection.close();
}
const ratios = rates.with.map((rate, index) => rates.without[index] / rate);
console.log(`set, ${inFlight} in flight, without the bus: ${Math.round(median(rates.without))} /s`);
console.log(`the same, with a frame each tick: ${Math.round(median(rates.with))} /s`);
console.log(
  `a write takes ${((median(ratios) - 1) * 100).toFixed(1)} % longer (median of ${rounds} pairs; ${heard} frames)`,
);
await store.close();
await rm(path, { recursive: true });
