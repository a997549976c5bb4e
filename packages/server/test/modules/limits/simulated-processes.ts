import { type FakeClock, fakeClock, seededRandom } from '@larder/cache/testing';
import type { Policy } from '../../../src/modules/limits/policy.js';
import type { SharedCounter } from '../../../src/modules/limits/shared-counter.js';
import { WindowCounter } from '../../../src/modules/limits/window-counter.js';
import { WindowLimiter } from '../../../src/modules/limits/window-limiter.js';

/** Processes with a limiter each, on one counter that answers late, in a time that only the simulation moves. */
export interface Simulation {
  readonly clock: FakeClock;
  readonly counter: SimulatedCounter;
  readonly processes: readonly SimulatedProcess[];
  /** Lets so much time pass, a millisecond after the other; `each` is called at every one of them. */
  run(milliseconds: number, each?: (millisecond: number) => void): Promise<void>;
}

export interface SimulatedProcess {
  readonly limiter: WindowLimiter;
  /** What was admitted in each window, by its number. */
  readonly admitted: Map<number, number>;
  readonly fallbacks: () => number;
  /** Requests that had to wait for the counter. */
  readonly waited: () => number;
  ask(units?: number): void;
}

export interface SimulatedCounter extends SharedCounter {
  readonly calls: () => number;
  isFailing: boolean;
}

export function simulate(policy: Policy, processCount: number, seed: number, startAt?: number): Simulation {
  const clock = fakeClock(startAt);
  const random = seededRandom(seed);
  const counter = simulatedCounter(clock, random);
  const processes = Array.from({ length: processCount }, () => simulatedProcess(policy, counter, clock));
  // They do not all look at the same moment.
  const phases = processes.map(() => Math.floor(random() * 250));
  let elapsed = 0;
  return {
    clock,
    counter,
    processes,
    async run(milliseconds, each) {
      for (let at = 0; at < milliseconds; at++) {
        each?.(at);
        clock.advance(1);
        elapsed++;
        for (const [index, { limiter }] of processes.entries()) {
          if ((elapsed + (phases[index] ?? 0)) % 250 === 0) limiter.look();
        }
        await settled();
      }
    },
  };
}

function simulatedProcess(policy: Policy, counter: SharedCounter, clock: FakeClock): SimulatedProcess {
  let fallbacks = 0;
  let waited = 0;
  const admitted = new Map<number, number>();
  const windows = new WindowCounter('t', policy, counter);
  const limiter = new WindowLimiter({ policy, counter: windows, clock, onFallback: () => fallbacks++ });
  function admit(units: number): void {
    const window = Math.floor(clock.now() / (policy.windowSeconds * 1_000));
    admitted.set(window, (admitted.get(window) ?? 0) + units);
  }
  return {
    limiter,
    admitted,
    fallbacks: () => fallbacks,
    waited: () => waited,
    ask(units = 1) {
      const verdict = limiter.take(units);
      if (verdict === 'taken') admit(units);
      if (verdict !== 'unknown') return;
      waited++;
      void limiter.takeOrWait(units).then((taken) => {
        if (taken) admit(units);
      });
    },
  };
}

/** Adds when it is called or when it answers, by chance: a request and an answer both take their time. */
function simulatedCounter(clock: FakeClock, random: () => number): SimulatedCounter {
  const sums = new Map<string, number>();
  let calls = 0;
  const after = (milliseconds: number) =>
    new Promise<void>((resolve) => {
      clock.schedule(resolve, milliseconds);
    });
  return {
    calls: () => calls,
    isFailing: false,
    async add(name, units) {
      calls++;
      await after(Math.floor(random() * 4));
      if (this.isFailing) throw new Error('The counter does not answer.');
      const total = (sums.get(name) ?? 0) + units;
      sums.set(name, total);
      await after(Math.floor(random() * 4));
      return total;
    },
  };
}

/** Promises that are due settle before time goes on. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

/** What all processes admitted in each window. */
export function admittedByWindow({ processes }: Simulation): ReadonlyMap<number, number> {
  const sums = new Map<number, number>();
  for (const { admitted } of processes) {
    for (const [window, units] of admitted) sums.set(window, (sums.get(window) ?? 0) + units);
  }
  return sums;
}
