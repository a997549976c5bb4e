import { expect, it } from 'vitest';
import { lmdbStore } from '../../../src/stores/lmdb/index.js';
import { endOf, requireBuild, startChild } from './child-process.js';
import { deepCheck } from './deep-check.js';
import { temporaryFolders } from './temporary-folder.js';

const newFolder = temporaryFolders();

/** Starts the children, lets them go together, and gives what each of them won. */
async function contend(path: string, task: string, names: readonly string[]): Promise<number[][]> {
  requireBuild();
  const children = names.map((name) => startChild('contend.mjs', [path, task, name]));
  const ends = children.map(endOf);
  await Promise.all(children.map((child) => new Promise((resolve) => child.stdout?.once('data', resolve))));
  for (const child of children) child.stdin?.write('go\n');
  return Promise.all(
    ends.map(async (end) => {
      const { code, signal, reports, errors } = await end;
      expect({ code, signal }, errors).toEqual({ code: 0, signal: null });
      return (reports[1] as { won: number[] }).won;
    }),
  );
}

it('counts exactly 2,000 when four processes each count to 500 on one key', async () => {
  const path = await newFolder();
  await contend(path, 'increment', ['a', 'b', 'c', 'd']);
  const store = lmdbStore({ path });
  const [counter] = await store.get(['counter'], { now: 1_000_000 });
  await store.close();
  expect(Buffer.from(counter?.bytes ?? []).toString()).toBe('2000');
  expect((await deepCheck(path)).problems).toEqual([]);
});

it('lets exactly one of four processes add each of 200 keys', async () => {
  const path = await newFolder();
  const won = await contend(path, 'add', ['a', 'b', 'c', 'd']);
  expect(won.flat().sort((left, right) => left - right)).toEqual(Array.from({ length: 200 }, (_, index) => index));
});
