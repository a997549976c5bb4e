import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, it } from 'vitest';
import type { BusTransport } from '../../../src/contracts/bus.js';
import type { Store } from '../../../src/contracts/store.js';
import { lmdbStore } from '../../../src/stores/lmdb/index.js';
import { describeBusContract } from '../../../src/testing/index.js';

let parent = '';
let folders = 0;
const stores = new Map<number, Store>();

beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'larder-bus-contract-'));
});

afterAll(async () => {
  await rm(parent, { recursive: true });
});

/** A thread opens a folder once, so that what is opened again is the same store. bus-processes.test.ts has several. */
async function busOf(folder: number): Promise<BusTransport> {
  const store = stores.get(folder) ?? lmdbStore({ path: join(parent, String(folder)) });
  stores.set(folder, store);
  if (store.bus === undefined) throw new Error('A store that is not exclusive has a bus.');
  return store.bus;
}

describeBusContract({
  describe,
  it,
  name: 'lmdb',
  open: () => busOf(++folders),
  openAgain: () => busOf(folders),
  openApart: () => busOf(++folders),
  async release() {
    await Promise.all([...stores.values()].map((store) => store.close()));
    stores.clear();
  },
});
