import { describe, expect, it } from 'vitest';
import { problemsOf } from './checker.js';
import { RandomRun } from './random-run.js';

const first = Number(process.env.SIMULATE_FIRST ?? 1);
const seeds = Number(process.env.SIMULATE_SEEDS ?? 300);
/** Every other run is of processes whose clocks are minutes apart, and go at different rates. */
const given = (seed: number) => ({ areClocksWrong: seed % 2 === 0 });

/**
 * Seeds that showed what each of these is for, by failing without it: a store that failed is asked again although memory
 * has what is read (6161, 6882); nobody is told of a clock that may be minutes off (80); how long was nothing heard is
 * not measured by a clock that steps (1396).
 */
const regressions = [6161, 6882, 80, 1396];

describe('processes on one store, over a network that fails', () => {
  it('are the same at every run with the same seed', async () => {
    const traces = [];
    for (let run = 0; run < 2; run++)
      traces.push((await new RandomRun(7, given(7)).history()).trace().map(withoutNames));
    expect(traces[0]).toEqual(traces[1]);
  });

  it.each(regressions)('keep what they promise with seed %i', async (seed) => {
    expect(problemsOf(await new RandomRun(seed, given(seed)).history())).toEqual([]);
  });

  it(`keep what they promise: ${seeds} seeds from ${first} on`, async () => {
    const begun = performance.now();
    const failed: string[] = [];
    for (let seed = first; seed < first + seeds; seed++) {
      const run = await new RandomRun(seed, given(seed)).history();
      const problems = problemsOf(run);
      if (problems.length === 0) continue;
      failed.push(`seed ${seed}: ${problems[0]}`);
      if (seeds === 1) console.log(`${problems.join('\n')}\n\n${run.trace().join('\n')}`);
    }
    const rate = Math.round((1_000 * seeds) / (performance.now() - begun));
    if (process.env.SIMULATE_SEEDS !== undefined)
      console.log(`${seeds} seeds, ${rate} a second, ${failed.length} failed`);
    expect(failed).toEqual([]);
  }, 3_600_000);
});

/** Versions and tokens hold names that no seed decides. */
function withoutNames(line: string): string {
  return line.replace(/[\w-]{11,}\.(?=\w+")/g, '');
}
