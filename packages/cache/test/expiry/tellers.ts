import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, expect } from 'vitest';
import { createCache } from '../../src/cache/create-cache.js';
import type { Store } from '../../src/contracts/store.js';

const script = fileURLToPath(new URL('children/tell.mjs', import.meta.url));
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** A process that listens, and what it has told so far. */
export interface Teller {
  readonly child: ChildProcess;
  readonly told: string[];
}

/** What a process needs to open a store. */
export type StorePlace = readonly [kind: 'lmdb' | 'redis', options: object];

export async function startTeller([kind, options]: StorePlace): Promise<Teller> {
  const parameters = [script, kind, JSON.stringify(options)];
  const child = spawn(process.execPath, parameters, { stdio: ['ignore', 'pipe', 'inherit'] });
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

export async function killTeller({ child }: Teller): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/** Resolves with whoever has told more than it had before. */
export async function whoTells(tellers: readonly Teller[], timeout = 15_000): Promise<Teller> {
  const before = tellers.map(({ told }) => told.length);
  const find = () => tellers.find(({ told }, at) => told.length > (before[at] as number));
  await expect.poll(find, { timeout }).toBeDefined();
  return find() as Teller;
}

/** Three processes tell of the ends on one store while the one that tells is killed, twice: each is told, and no other. */
export async function expectEachEndToldAcrossKills(place: StorePlace, open: () => Store): Promise<void> {
  let living: Teller[] = await Promise.all([startTeller(place), startTeller(place), startTeller(place)]);
  const all = [...living];
  const cache = createCache({ store: open(), expiryEvents: true, memory: false });
  const count = 2_000;
  const keys = Array.from({ length: count }, (_, at) => `k${at}`);
  // They end one after the other over six seconds, so that whoever is killed is telling.
  await Promise.all(keys.map((key, at) => cache.set(key, at, { ttl: `${1_000 + at * 3}ms` })));
  for (const key of ['renewed', 'overwritten', 'deleted']) await cache.set(key, 1, { ttl: '2s' });
  await cache.namespace('cleared').set('cleared', 1, { ttl: '2s' });
  await cache.touch('renewed', '1h');
  await cache.set('overwritten', 2, { ttl: '1h' });
  await cache.delete('deleted');
  await cache.namespace('cleared').clear();
  let teller = await whoTells(living);
  for (let kills = 0; kills < 2; kills++) {
    await killTeller(teller);
    living = living.filter((each) => each !== teller);
    teller = await whoTells(living, 6_000);
    if (kills === 0) {
      const another = await startTeller(place);
      living.push(another);
      all.push(another);
    }
  }
  const told = () => new Set(all.flatMap((each) => each.told));
  await expect.poll(() => told().size, { timeout: 25_000, interval: 200 }).toBeGreaterThanOrEqual(count);
  expect([...told()].sort()).toEqual([...keys].sort());
  for (const each of living) await killTeller(each);
  await cache.close();
}
