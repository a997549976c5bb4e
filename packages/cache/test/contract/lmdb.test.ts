import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { lmdbStore } from '../../src/stores/lmdb/index.js';
import { describeStoreContract } from '../../src/testing/index.js';

let folder = '';
let opened = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'larder-contract-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

const lastPath = () => join(folder, String(opened));

describeStoreContract({
  describe,
  it,
  name: 'lmdb',
  capabilities: lmdbStore({ path: 'unused' }).capabilities,
  async open() {
    opened += 1;
    return lmdbStore({ path: lastPath() });
  },
  openAgain: async () => lmdbStore({ path: lastPath() }),
  opensOnce: 'a process opens a folder once; stores/lmdb/processes.test.ts has several processes',
});

const exclusiveStore = () => lmdbStore({ path: lastPath(), exclusive: true });

describeStoreContract({
  describe,
  it,
  name: 'lmdb, exclusive',
  capabilities: exclusiveStore().capabilities,
  async open() {
    opened += 1;
    return exclusiveStore();
  },
  openAgain: async () => exclusiveStore(),
});
