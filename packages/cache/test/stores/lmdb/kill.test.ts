import { expect, it } from 'vitest';
import { lmdbStore } from '../../../src/stores/lmdb/index.js';
import { endOf, requireBuild, startChild } from './child-process.js';
import { deepCheck } from './deep-check.js';
import { temporaryFolders } from './temporary-folder.js';

const rounds = 50;
const newFolder = temporaryFolders();

/** What the reports of the killed children allow to stand under each key: one value, or two if a write was under way. */
class Expectations {
  readonly #allowed = new Map<string, readonly (string | null)[]>();
  #countedAtLeast = 0;
  #countedAtMost = 0;
  acknowledged = 0;

  read(reports: readonly unknown[]): void {
    for (const each of reports as { begins?: string; done?: string; value?: string | null }[]) {
      if (each.begins === 'counter') this.#countedAtMost += 1;
      else if (each.done === 'counter') this.#countedAtLeast += 1;
      else if (each.begins !== undefined) this.#begin(each.begins, each.value ?? null);
      else if (each.done !== undefined) this.#finish(each.done);
      if (each.done !== undefined) this.acknowledged += 1;
    }
  }

  #begin(key: string, value: string | null): void {
    this.#allowed.set(key, [this.#allowed.get(key)?.[0] ?? null, value]);
  }

  #finish(key: string): void {
    const [, value = null] = this.#allowed.get(key) ?? [];
    this.#allowed.set(key, [value]);
  }

  /** What differs from the reports; from then on, what was found is what stands. */
  compare(found: ReadonlyMap<string, string | null>, counter: number): string[] {
    const isCounted = this.#countedAtLeast <= counter && counter <= this.#countedAtMost;
    const problems = isCounted ? [] : [`counter ${counter}: ${this.#countedAtLeast} to ${this.#countedAtMost}`];
    for (const [key, allowed] of this.#allowed) {
      const value = found.get(key) ?? null;
      if (!allowed.includes(value)) problems.push(`${key} holds ${value?.slice(0, 30)}, not ${allowed.join(' or ')}`);
      this.#allowed.set(key, [value]);
    }
    this.#countedAtLeast = counter;
    this.#countedAtMost = counter;
    return problems;
  }

  keys(): string[] {
    return [...this.#allowed.keys()];
  }
}

it(`loses no acknowledged write when its process is killed, ${rounds} times on one file`, {
  timeout: 120_000,
}, async () => {
  requireBuild();
  const path = await newFolder();
  const expectations = new Expectations();

  for (let round = 0; round < rounds; round += 1) {
    expectations.read(await killedChild(path, round));
    const { problems } = await deepCheck(path);
    expect(problems, `after kill ${round + 1}`).toEqual([]);
    const { values, counter } = await readAll(path, expectations.keys());
    expect(expectations.compare(values, counter), `after kill ${round + 1}`).toEqual([]);
  }
  console.log(`${rounds} kills, ${expectations.acknowledged} acknowledged writes, none lost`);
  expect(expectations.acknowledged).toBeGreaterThan(rounds * 10);
});

async function killedChild(path: string, round: number): Promise<unknown[]> {
  const child = startChild('write-until-killed.mjs', [path, String(round)]);
  const end = endOf(child);
  await new Promise<void>((resolve) => child.stdout?.once('data', () => resolve()));
  // The only wait of this file that is real time: the moment of the kill must not depend on what the child does.
  await new Promise((resolve) => setTimeout(resolve, Math.random() * 150));
  child.kill('SIGKILL');
  const { signal, reports, errors } = await end;
  expect(signal, errors).toBe('SIGKILL');
  return reports;
}

async function readAll(path: string, keys: string[]): Promise<{ values: Map<string, string | null>; counter: number }> {
  const store = lmdbStore({ path });
  const [counter, ...entries] = await store.get(['counter', ...keys], { now: 1_000_000 });
  await store.close();
  const texts = entries.map((entry) => (entry === undefined ? null : Buffer.from(entry.bytes).toString()));
  const values = new Map(keys.map((key, index) => [key, texts[index] ?? null]));
  return { values, counter: Number(counter === undefined ? 0 : Buffer.from(counter.bytes).toString()) };
}
