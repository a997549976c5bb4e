import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { createCache } from '../../src/cache/create-cache.js';
import { lmdbStore } from '../../src/stores/lmdb/index.js';
import { requireBuild } from '../stores/lmdb/child-process.js';
import { deepCheck } from '../stores/lmdb/deep-check.js';
import { temporaryFolders } from '../stores/lmdb/temporary-folder.js';

requireBuild();
const script = fileURLToPath(new URL('children/tell.mjs', import.meta.url));
const newFolder = temporaryFolders();
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** A process that listens, and what it has told so far. */
interface Teller {
  readonly child: ChildProcess;
  readonly told: string[];
}

async function start(path: string): Promise<Teller> {
  const child = spawn(process.execPath, [script, path, 'listens'], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  const told: string[] = [];
  await new Promise<void>((ready) => {
    createInterface(child.stdout).on('line', (line) => {
      const key = JSON.parse(line) as string;
      if (key === 'ready') ready();
      else if (key !== 'warm up') told.push(key);
    });
  });
  return { child, told };
}

it('three processes on one LMDB file tell of each end, also when the one that tells is killed again and again', {
  timeout: 60_000,
}, async () => {
  const path = await newFolder();
  let living: Teller[] = await Promise.all([start(path), start(path), start(path)]);
  const all: Teller[] = [...living];
  const cache = createCache({ store: lmdbStore({ path }), expiryEvents: true, memory: false });
  const count = 2_000;
  const keys = Array.from({ length: count }, (_, at) => `k${at}`);
  // They end one after the other over six seconds, so that whoever is killed is telling.
  await Promise.all(keys.map((key, at) => cache.set(key, at, { ttl: `${1_000 + at * 3}ms` })));
  await cache.set('renewed', 1, { ttl: '2s' });
  await cache.set('deleted', 1, { ttl: '2s' });
  await cache.touch('renewed', '1h');
  await cache.delete('deleted');
  for (let kills = 0; kills < 2; kills++) {
    const before = living.map(({ told }) => told.length);
    await expect
      .poll(() => living.findIndex(({ told }, at) => told.length > (before[at] as number)), { timeout: 15_000 })
      .toBeGreaterThanOrEqual(0);
    const teller = living.findIndex(({ told }, at) => told.length > (before[at] as number));
    const { child } = living[teller] as (typeof living)[number];
    child.kill('SIGKILL');
    await once(child, 'exit');
    living = living.filter((_, at) => at !== teller);
    if (kills === 0) {
      const another = await start(path);
      living.push(another);
      all.push(another);
    }
  }
  const told = () => new Set(all.flatMap((each) => each.told));
  await expect.poll(() => told().size, { timeout: 25_000, interval: 200 }).toBe(count);
  expect([...told()].sort()).toEqual([...keys].sort());
  for (const { child } of living) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  await cache.close();
  expect((await deepCheck(path)).problems).toEqual([]);
});
