import { afterAll, describe, expect, it } from 'vitest';
import { soak } from './soak.js';
import { soakedStores } from './soaked-stores.js';

const minutes = Number(process.env.SOAK_MINUTES ?? 30);
const operations = Number(process.env.SOAK_OPERATIONS ?? 10_000_000);
const firstSeed = Number(process.env.SOAK_SEED ?? Date.now() % 1_000_000);

const end = performance.now() + minutes * 60_000;
const present = soakedStores.filter(({ missing }) => missing === undefined);
let total = 0;

/** Each store has an equal part of the time that is left, the fast ones an equal part of the operations that are left. */
describe(`five stores, ${operations} operations in ${minutes} minutes at most, seed ${firstSeed}`, () => {
  // The slow ones first: what they leave undone is for the fast ones.
  for (const [at, { name, missing, walkers, start }] of soakedStores.slice().reverse().entries()) {
    it.skipIf(missing !== undefined)(`${name}${missing === undefined ? '' : ` (skipped: ${missing})`}`, async () => {
      const storesLeft =
        present.length -
        present
          .slice()
          .reverse()
          .findIndex((each) => each.name === name);
      const until = performance.now() + (end - performance.now()) / storesLeft;
      const share = Math.ceil((operations - total) / storesLeft);
      const server = await start();
      let done = 0;
      try {
        // A new seed, and new namespaces, now and then: what one walk can hide another shows.
        for (let round = 0; done < share && performance.now() < until; round++) {
          const seed = firstSeed + 1_000 * at + round;
          const left = Math.min(500_000, share - done);
          done += await soak({ store: server.open(), seed, operations: left, until, walkers });
        }
      } finally {
        total += done;
        console.log(`${name}: ${done} operations`);
        await server.stop();
      }
      expect(done).toBeGreaterThan(0);
    });
  }

  afterAll(() => console.log(`${total} operations in all, no divergence unless a test failed`));
});
