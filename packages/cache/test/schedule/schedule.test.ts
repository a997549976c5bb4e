import { describe, expect, it } from 'vitest';
import { World } from './world.js';

const seeds = Number(process.env.LARDER_SCHEDULE_SEEDS ?? 10_000);
const skewedSeeds = Math.ceil(seeds / 10);
const stepsPerSeed = 40;
const skewOf = (seed: number) => (seed % 2 === 0 ? 7 : -7) * 60_000 + seed;

/**
 * Seeds that show what each of these is for, by failing without it: a load that is overtaken is not stored (1), writes of
 * one key keep their order (40), to store what was loaded changes nothing for other loads (71), who joins late wants what
 * is true since the invalidation, whether the tag is named late (96) or at once (1147), a read inside a write fills
 * nothing (332), a marker ahead of the clock makes stale at once (443).
 */
const regressions = [1, 40, 71, 96, 332, 443, 1147];

async function problemsOf(
  seed: number,
  skew?: number,
): Promise<{ problems: readonly string[]; trace: readonly string[] }> {
  const world = new World(seed, skew);
  await world.run(stepsPerSeed);
  return world;
}

async function expectNone(seed: number, skew?: number): Promise<void> {
  const { problems, trace } = await problemsOf(seed, skew);
  if (problems.length > 0) expect.fail(`seed ${seed}:\n${problems.join('\n')}\n\n${trace.join('\n')}`);
}

describe('any interleaving of reads, loads, writes and invalidations', () => {
  it('is the same at every run with the same seed', async () => {
    const [one, other] = [await problemsOf(7), await problemsOf(7)];
    expect(one.trace).toEqual(other.trace);
  });

  it.each(regressions)('holds for seed %i', (seed) => expectNone(seed));

  it(`loads once a key, answers nothing older than a finished invalidation or longer than its life, and settles: ${seeds} seeds`, async () => {
    for (let seed = 1; seed <= seeds; seed++) await expectNone(seed);
  }, 300_000);

  it('keeps the order of calls that wait for the time and of those that come when it is known: seed 237', () =>
    expectNone(237, skewOf(237)));

  it(`holds for a process whose clock is minutes ahead, or behind, of a store that knows the time: ${skewedSeeds} seeds`, async () => {
    for (let seed = 1; seed <= skewedSeeds; seed++) await expectNone(seed, skewOf(seed));
  }, 300_000);
});
