import { beforeEach, describe, expect, it } from 'vitest';
import type { StoreTime } from '../../src/contracts/store.js';
import { type FakeClock, fakeClock } from '../../src/testing/fake-clock.js';
import { SharedClock } from '../../src/tiers/shared-clock.js';
import { skewedClock } from './skewed-clock.js';

const minute = 60_000;

/** The truth, which the store shows, and a process whose clock is seven minutes behind. */
let truth: FakeClock;
let own: ReturnType<typeof skewedClock>;
let answer: () => Promise<StoreTime>;
let asked: number;
let untold: unknown[];
let shared: SharedClock;

beforeEach(() => {
  truth = fakeClock();
  own = skewedClock(truth, -7 * minute);
  asked = 0;
  untold = [];
  answer = async () => ({ time: truth.now(), error: 0 });
  shared = new SharedClock({
    own,
    timeout: 1_000,
    ask() {
      asked++;
      return answer();
    },
    untold: (error) => untold.push(error),
  });
});

const late = <T>(millis: number, value: () => T): Promise<T> =>
  new Promise((resolve) => truth.schedule(() => resolve(value()), millis));
const settled = () => new Promise(setImmediate);

describe('a shared clock', () => {
  it('shows the own time until the store has told its own, and then that', async () => {
    expect(shared.now()).toBe(own.now());
    await shared.measure();
    expect(shared.now()).toBe(truth.now());
    expect(shared.coarseNow()).toBe(truth.now());
    truth.advance(5_000);
    expect(shared.now()).toBe(truth.now());
  });

  it('leaves a clock alone that is right, or nearly', async () => {
    own.by = 6;
    await shared.measure();
    expect(shared.now()).toBe(own.now());
    expect(shared.margin).toBeGreaterThanOrEqual(12);
  });

  it('passes on what is scheduled: a duration is the same by every clock', async () => {
    await shared.measure();
    let ran = 0;
    shared.schedule(() => ran++, 100);
    truth.advance(99);
    expect(ran).toBe(0);
    truth.advance(1);
    expect(ran).toBe(1);
  });

  it('asks once more where the answer took long: a connection may have been opened for it', async () => {
    const first = () => {
      answer = async () => ({ time: truth.now(), error: 0 });
      return late(300, () => ({ time: truth.now(), error: 0 }));
    };
    answer = first;
    const measuring = shared.measure();
    truth.advance(300);
    await measuring;
    expect(asked).toBe(2);
    expect(Math.abs(shared.now() - truth.now())).toBeLessThanOrEqual(11);
    expect(shared.waited).toBe(300);
  });

  it('does not ask once more where only the store rounds', async () => {
    answer = async () => ({ time: truth.now() + 700, error: 1_000 });
    await shared.measure();
    expect(asked).toBe(1);
    expect(Math.abs(shared.now() - truth.now())).toBeLessThanOrEqual(1_000);
  });

  it('knows how much the clocks of two processes may differ, and says no more than a tenth of a second', async () => {
    expect(shared.margin).toBe(0);
    await shared.measure();
    expect(shared.margin).toBe(2);
    truth.advance(100_000);
    expect(shared.margin).toBe(12);
    truth.advance(10_000_000);
    expect(shared.margin).toBe(100);
  });
});

describe('measuring', () => {
  it('is shared by all who ask meanwhile', async () => {
    answer = () => late(10, () => ({ time: truth.now(), error: 0 }));
    const both = [shared.measure(), shared.measure()];
    truth.advance(10);
    await Promise.all(both);
    expect(asked).toBe(1);
  });

  it('is repeated every minute in which the store is used, and not by a timer', async () => {
    await shared.measure();
    shared.answered(own.now(), false);
    truth.advance(minute - 1);
    shared.answered(own.now(), false);
    expect(asked).toBe(1);
    truth.advance(minute);
    expect(truth.pendingTasks()).toBe(0);
    expect(asked).toBe(1);
    shared.answered(own.now(), false);
    expect(asked).toBe(2);
  });

  it('is repeated when the store had been away: it may be another server', async () => {
    await shared.measure();
    shared.answered(own.now(), true);
    expect(asked).toBe(2);
  });

  it.each([-9 * minute, 3 * minute])('is repeated at the next call when the own clock was set by %i ms', async (by) => {
    await shared.measure();
    own.by += by;
    expect(shared.now()).toBe(truth.now() + by);
    shared.answered(own.now(), false);
    await settled();
    expect(shared.now()).toBe(truth.now());
  });

  it('follows a store whose clock is set', async () => {
    await shared.measure();
    answer = async () => ({ time: truth.now() + 2 * minute, error: 0 });
    truth.advance(minute);
    shared.answered(own.now(), false);
    await settled();
    expect(shared.now()).toBe(truth.now() + 2 * minute);
  });

  it('tells who listens by how much the time stepped, and whether it was not known before', async () => {
    const steps: unknown[] = [];
    shared.onStep((by, isFirst) => steps.push([by, isFirst]));
    await shared.measure();
    own.by += 2 * minute;
    shared.answered(own.now() + minute, false);
    await settled();
    expect(steps).toEqual([
      [7 * minute, true],
      [-2 * minute, false],
    ]);
  });
});

describe('a store that does not tell its time', () => {
  it('is waited for no longer than for a call, and what comes later is not used', async () => {
    answer = () => late(5_000, () => ({ time: truth.now(), error: 0 }));
    const measuring = shared.measure();
    truth.advance(1_000);
    await measuring;
    expect(shared.now()).toBe(own.now());
    expect(shared.waited).toBe(1_000);
    truth.advance(5_000);
    await settled();
    expect(shared.now()).toBe(own.now());
  });

  it('takes the wait from the deadline of what follows at once, and of nothing after that', async () => {
    answer = () => late(1_000, () => ({ time: truth.now(), error: 0 }));
    const measuring = shared.measure();
    truth.advance(1_000);
    await measuring;
    expect(shared.waited).toBe(1_000);
    await settled();
    expect(shared.waited).toBe(0);
  });

  it('is not waited for again for a second, and then once more', async () => {
    answer = () => Promise.reject(new Error('away'));
    await shared.measure();
    expect(shared.isWanted).toBe(false);
    truth.advance(1_000);
    expect(shared.isWanted).toBe(true);
  });

  it('is not waited for any more once it has answered something else, which is told once', async () => {
    answer = () => Promise.reject(new Error('no permission'));
    await shared.measure();
    expect(untold).toEqual([]);
    shared.answered(own.now(), true);
    await settled();
    expect(untold).toEqual([new Error('no permission')]);
    truth.advance(minute);
    expect(shared.isWanted).toBe(false);
    shared.answered(own.now(), false);
    await settled();
    expect(untold).toHaveLength(1);
    expect(asked).toBe(3);
  });

  it('does not make forgotten what it told before', async () => {
    await shared.measure();
    answer = () => Promise.reject(new Error('away'));
    truth.advance(minute);
    shared.answered(own.now(), false);
    await settled();
    expect(shared.now()).toBe(truth.now());
    expect(untold).toEqual([]);
  });
});
