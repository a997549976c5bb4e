import { expect, it } from 'vitest';
import { lmdbStore } from '../../src/stores/lmdb/index.js';
import { requireBuild } from '../stores/lmdb/child-process.js';
import { deepCheck } from '../stores/lmdb/deep-check.js';
import { temporaryFolders } from '../stores/lmdb/temporary-folder.js';
import { expectEachEndToldAcrossKills } from './tellers.js';

requireBuild();
const newFolder = temporaryFolders();

it('three processes on one LMDB file tell of each end, also when the one that tells is killed again and again', {
  timeout: 60_000,
}, async () => {
  const path = await newFolder();
  await expectEachEndToldAcrossKills(['lmdb', { path }], () => lmdbStore({ path }));
  expect((await deepCheck(path)).problems).toEqual([]);
});
