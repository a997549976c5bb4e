import { expect, it } from 'vitest';
import { lmdbStore } from '../../../src/stores/lmdb/index.js';
import { expectLikeMemoryMap } from '../store-model.js';
import { deepCheck } from './deep-check.js';
import { temporaryFolders } from './temporary-folder.js';

const newFolder = temporaryFolders();

it('answers like the memory-map store, whatever is asked in whatever order', { timeout: 120_000 }, async () => {
  const open = async () => {
    const path = await newFolder();
    const end = async () => expect((await deepCheck(path)).problems).toEqual([]);
    return { store: lmdbStore({ path }), end };
  };
  await expectLikeMemoryMap({ open, numRuns: 100 });
});
