import { describe, expect, it } from 'vitest';
import { World } from './world.js';

const seeds = Number(process.env.LARDER_SCHEDULE_SEEDS ?? 10_000);
const stepsPerSeed = 40;

/**
 * Seeds that once showed a bug: a caller who joined a load after an invalidation got its value (19, 86), two writes of
 * one key arrived in the wrong order (125), a stamp ahead of the clock left an entry fresh (184), the end of storing made
 * others load again (186), a flight went on loading that another had overtaken (38), a load that was joined by force was
 * begun anew (3272).
 */
const regressions = [19, 38, 86, 125, 184, 186, 3272];

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
