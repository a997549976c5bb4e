import { expect, it } from 'vitest';
import { lmdbStore } from '../../../src/stores/lmdb/index.js';
import { temporaryFolders } from './temporary-folder.js';

const newFolder = temporaryFolders();
const call = { now: 1_000_000 };

function timers(): number {
  return process.getActiveResourcesInfo().filter((resource) => resource === 'Timeout').length;
}

it('leaves no timer and no changed global behind a single read', async () => {
  const store = lmdbStore({ path: await newFolder() });
  const bytes = Buffer.from('value');
  await store.set([{ key: 'key', bytes, expiresAt: Number.POSITIVE_INFINITY, version: '1', indexes: {} }], call);
  await new Promise((resolve) => setTimeout(resolve, 20));

  const { setTimeout: before } = globalThis;
  const timersBefore = timers();
  expect(store.getNow?.('key', call)).toEqual(bytes);
  expect(store.getNow?.('no such key', call)).toBeUndefined();
  expect(() => store.getNow?.('k'.repeat(10_000), call)).toThrow();
  expect(timers()).toBe(timersBefore);
  expect(globalThis.setTimeout).toBe(before);
  await store.close();
});
