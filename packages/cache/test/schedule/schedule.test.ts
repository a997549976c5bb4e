import { describe, expect, it } from 'vitest';
import { World } from './world.js';

const seeds = Number(process.env.LARDER_SCHEDULE_SEEDS ?? 10_000);
const stepsPerSeed = 40;

/** Seeds that once showed a bug. */
const regressions: readonly number[] = [];

async function problemsOf(seed: number): Promise<{ problems: readonly string[]; trace: readonly string[] }> {
  const world = new World(seed);
  await world.run(stepsPerSeed);
  return world;
}

async function expectNone(seed: number): Promise<void> {
  const { problems, trace } = await problemsOf(seed);
  if (problems.length > 0) expect.fail(`seed ${seed}:\n${problems.join('\n')}\n\n${trace.join('\n')}`);
}

describe('any interleaving of reads, loads, writes and invalidations', () => {
  it('is the same at every run with the same seed', async () => {
    const [one, other] = [await problemsOf(7), await problemsOf(7)];
    expect(one.trace).toEqual(other.trace);
  });

  it.each(regressions)('holds for seed %i', expectNone);

  it(`loads once a key, answers nothing older than a finished invalidation or longer than its life, and settles: ${seeds} seeds`, async () => {
    for (let seed = 1; seed <= seeds; seed++) await expectNone(seed);
  }, 300_000);
});
