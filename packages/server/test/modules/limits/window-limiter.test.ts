import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { admittedByWindow, type Simulation, simulate } from './simulated-processes.js';

const start = Date.UTC(2026, 0, 1);
const total = (simulation: Simulation) =>
  [...admittedByWindow(simulation).values()].reduce((sum, units) => sum + units, 0);
const minute = (quota: number) => ({ name: 'burst', quota, windowSeconds: 60 }) as const;

describe.each([1, 2, 3])('four processes on one counter (seed %i)', (seed) => {
  describe.each([100, 2_000, 20_000])('with a quota of %i a minute', (quota) => {
    const perMillisecond = Math.ceil(quota / 2_000);

    it('flooded all at once admit the quota, and not one more', async () => {
      const simulation = simulate(minute(quota), 4, seed, start);
      await simulation.run(4_000, () => {
        for (const process of simulation.processes) for (let at = 0; at < perMillisecond; at++) process.ask();
      });
      expect(total(simulation)).toBeLessThanOrEqual(quota);
      expect(total(simulation)).toBeGreaterThanOrEqual(0.98 * quota);
    });

    it('flooded at one of them alone admit the quota there', async () => {
      const simulation = simulate(minute(quota), 4, seed, start);
      const [flooded] = simulation.processes;
      await simulation.run(5_000, () => {
        for (let at = 0; at < perMillisecond; at++) flooded?.ask();
      });
      expect(total(simulation)).toBeLessThanOrEqual(quota);
      expect(total(simulation)).toBeGreaterThanOrEqual(0.98 * quota);
    });

    it('admit the quota where three of them are hardly used', async () => {
      const simulation = simulate(minute(quota), 4, seed, start);
      const [flooded, ...others] = simulation.processes;
      await simulation.run(12_000, (at) => {
        for (let unit = 0; unit < perMillisecond; unit++) flooded?.ask();
        if (at % 700 === 0) for (const other of others) other.ask();
      });
      expect(total(simulation)).toBeLessThanOrEqual(quota);
      expect(total(simulation)).toBeGreaterThanOrEqual(0.98 * quota);
    });

    it('admit the quota where a process took a portion and then fell idle', async () => {
      const simulation = simulate(minute(quota), 4, seed, start);
      const [idle, ...others] = simulation.processes;
      await simulation.run(12_000, (at) => {
        if (at < 100) for (let unit = 0; unit < perMillisecond; unit++) idle?.ask();
        else if (at > 400) for (const other of others) other.ask(1);
      });
      expect(total(simulation)).toBeLessThanOrEqual(quota);
      expect(total(simulation)).toBeGreaterThanOrEqual(0.98 * quota);
    });
  });

  it('flooded over many short windows admit the quota in each, and hardly a request waits', async () => {
    const quota = 500;
    const simulation = simulate({ name: 'burst', quota, windowSeconds: 1 }, 4, seed, start);
    await simulation.run(10_000, () => {
      for (const process of simulation.processes) process.ask();
    });
    const windows = [...admittedByWindow(simulation).values()].slice(0, 10);
    expect(windows).toHaveLength(10);
    for (const admitted of windows) {
      expect(admitted).toBeLessThanOrEqual(quota);
      expect(admitted).toBeGreaterThanOrEqual(0.98 * quota);
    }
    const waited = simulation.processes.reduce((sum, process) => sum + process.waited(), 0);
    expect(waited / 40_000).toBeLessThan(0.05);
  });

  it('far below the quota admit everything, and ask the counter a few times a second', async () => {
    const simulation = simulate(minute(100_000), 4, seed, start);
    await simulation.run(10_000, () => {
      for (const process of simulation.processes) process.ask();
    });
    expect(total(simulation)).toBe(40_000);
    expect(simulation.counter.calls() / 4 / 10).toBeLessThan(10);
    const waited = simulation.processes.reduce((sum, process) => sum + process.waited(), 0);
    expect(waited / 40_000).toBeLessThan(0.01);
  });

  it('that are busy when a window ends have units of the next one: nobody waits for its beginning', async () => {
    const simulation = simulate({ name: 'burst', quota: 10_000, windowSeconds: 1 }, 4, seed, start);
    const ask = () => {
      for (const process of simulation.processes) process.ask();
    };
    const waited = () => simulation.processes.reduce((sum, process) => sum + process.waited(), 0);
    await simulation.run(1_000, ask);
    const before = waited();
    await simulation.run(5_000, ask);
    expect(waited() - before).toBe(0);
    expect(total(simulation)).toBe(24_000);
  });

  it('mixed with batches never admit more than the quota', async () => {
    const quota = 5_000;
    const simulation = simulate(minute(quota), 4, seed, start);
    await simulation.run(4_000, (at) => {
      for (const [index, process] of simulation.processes.entries()) process.ask(1 + ((at * 7 + index * 13) % 50));
    });
    expect(total(simulation)).toBeLessThanOrEqual(quota);
    expect(total(simulation)).toBeGreaterThanOrEqual(0.98 * quota);
  });
});

it('whatever processes, windows and traffic there are, no window admits more than the quota', async () => {
  const traffic = fc.array(
    fc.record({
      process: fc.nat(4),
      milliseconds: fc.integer({ min: 1, max: 900 }),
      everyMillisecond: fc.integer({ min: 1, max: 30 }),
      units: fc.integer({ min: 1, max: 20 }),
    }),
    { minLength: 1, maxLength: 8 },
  );
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 3_000 }),
      fc.integer({ min: 1, max: 3 }),
      fc.integer(),
      traffic,
      async (quota, windowSeconds, seed, phases) => {
        const policy = { name: 'burst', quota, windowSeconds } as const;
        const simulation = simulate(policy, 5, seed, start + (Math.abs(seed) % 3_000));
        for (const { process, milliseconds, everyMillisecond, units } of phases) {
          await simulation.run(milliseconds, (at) => {
            if (at % everyMillisecond !== 0) return;
            for (const one of simulation.processes.slice(process)) one.ask(units);
          });
        }
        await simulation.run(20);
        for (const admitted of admittedByWindow(simulation).values()) expect(admitted).toBeLessThanOrEqual(quota);
      },
    ),
    { numRuns: 150 },
  );
});

describe('a process', () => {
  it('that is flooded beyond the quota asks the counter four times a second at most', async () => {
    const simulation = simulate(minute(10), 1, 1, start);
    await simulation.run(1_000, () => simulation.processes[0]?.ask());
    const before = simulation.counter.calls();
    await simulation.run(10_000, () => simulation.processes[0]?.ask());
    // Each question is a reservation and its undoing.
    expect(simulation.counter.calls() - before).toBeLessThanOrEqual(2 * 4 * 10);
    expect(simulation.counter.calls() - before).toBeGreaterThan(20);
  });

  it('tells exactly what is left while it is alone, and when the window ends', async () => {
    const simulation = simulate(minute(100), 1, 1, start);
    const [process] = simulation.processes;
    for (let used = 1; used <= 30; used++) {
      process?.ask();
      await simulation.run(20);
      expect(process?.limiter.remaining()).toBe(100 - used);
    }
    expect(process?.limiter.secondsToEnd()).toBe(60);
    await simulation.run(59_400);
    expect([process?.limiter.remaining(), process?.limiter.secondsToEnd()]).toEqual([100, 60]);
  });

  it('never admits a batch that is larger than the quota, nor counts it', async () => {
    const simulation = simulate(minute(10), 1, 1, start);
    const [process] = simulation.processes;
    process?.ask(11);
    await simulation.run(20);
    expect([total(simulation), process?.limiter.remaining()]).toEqual([0, 10]);
  });

  it('gives back what it holds when it ends', async () => {
    const simulation = simulate(minute(10_000), 2, 1, start);
    const [one, other] = simulation.processes;
    await simulation.run(500, () => {
      for (let at = 0; at < 5; at++) one?.ask();
    });
    const admitted = total(simulation);
    void one?.limiter.close();
    await simulation.run(50, () => other?.ask());
    expect(other?.limiter.remaining()).toBe(10_000 - admitted - 50);
  });
});

describe('while the counter fails', () => {
  it('a process has the whole quota for itself, and counts that it goes alone', async () => {
    const simulation = simulate(minute(100), 2, 1, start);
    simulation.counter.isFailing = true;
    await simulation.run(3_000, () => {
      for (const process of simulation.processes) process.ask();
    });
    expect(simulation.processes.map(({ admitted }) => [...admitted.values()])).toEqual([[100], [100]]);
    for (const process of simulation.processes) expect(process.fallbacks()).toBeGreaterThan(0);
  });

  it('what was admitted alone is told when it works again, and then counts for all', async () => {
    const simulation = simulate(minute(100), 2, 1, start);
    const [one, other] = simulation.processes;
    simulation.counter.isFailing = true;
    await simulation.run(500, (at) => {
      if (at % 10 === 0) one?.ask();
    });
    simulation.counter.isFailing = false;
    await simulation.run(3_000);
    await simulation.run(1_000, () => other?.ask());
    expect(one?.admitted.values().next().value).toBe(50);
    expect(total(simulation)).toBe(100);
  });

  it('the next window is begun alone, and shared again after', async () => {
    const simulation = simulate({ name: 'burst', quota: 100, windowSeconds: 10 }, 1, 1, start);
    const [process] = simulation.processes;
    simulation.counter.isFailing = true;
    await simulation.run(20_000, () => process?.ask());
    simulation.counter.isFailing = false;
    await simulation.run(20_000, () => process?.ask());
    expect([...(process?.admitted.values() ?? [])]).toEqual([100, 100, 100, 100]);
    const before = process?.fallbacks();
    await simulation.run(5_000, () => process?.ask());
    expect(process?.fallbacks()).toBe(before);
  });
});
