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
const opened: Store[] = [];

beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'larder-bus-contract-'));
});

afterAll(async () => {
  await rm(parent, { recursive: true });
});

async function busOf(folder: number): Promise<BusTransport> {
  const store = lmdbStore({ path: join(parent, String(folder)) });
  opened.push(store);
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
    await Promise.all(opened.splice(0).map((store) => store.close()));
  },
});
