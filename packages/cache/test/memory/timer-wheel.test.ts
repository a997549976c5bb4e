import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TimerWheel } from '../../src/memory/timer-wheel.js';

const start = Date.UTC(2024, 0, 1) + 137;
const finestBucket = 1_024;
const second = 1_000;
const day = 86_400 * second;

/** The same promise kept the slow way: a map of deadlines, all of them looked at each time. */
class Reference {
  readonly deadlines = new Map<number, number>();

  expiredBy(time: number): number[] {
    return [...this.deadlines].filter(([, deadline]) => deadline <= time).map(([slot]) => slot);
  }
}

function drain(wheel: TimerWheel, deadlines: Map<number, number>, now: number, limit = 1_000): number[] {
  const expired: number[] = [];
  const expire = (slot: number) => {
    expired.push(slot);
    deadlines.delete(slot);
  };
  while (wheel.advance(now, limit, (slot) => deadlines.get(slot) as number, expire));
  return expired;
}

const delay = fc.oneof(
  fc.integer({ min: 0, max: 5 * second }),
  fc.integer({ min: 0, max: 300 * second }),
  fc.integer({ min: 0, max: 3 * day }),
  fc.integer({ min: 0, max: 60 * day }),
);
const step = fc.oneof(
  fc.record({ kind: fc.constant('schedule' as const), slot: fc.integer({ min: 1, max: 40 }), delay }),
  fc.record({ kind: fc.constant('cancel' as const), slot: fc.integer({ min: 1, max: 40 }) }),
  fc.record({ kind: fc.constant('wait' as const), delay, limit: fc.constantFrom(1, 3, 1_000) }),
);

describe('the timer wheel', () => {
  it('expires each slot once, never early, and at most one bucket late', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const wheel = new TimerWheel(start);
        wheel.grow(64);
        const reference = new Reference();
        const { deadlines } = reference;
        let now = start;
        for (const action of steps) {
          if (action.kind === 'schedule') {
            wheel.cancel(action.slot);
            deadlines.set(action.slot, now + action.delay);
            wheel.schedule(action.slot, now + action.delay);
          } else if (action.kind === 'cancel') {
            wheel.cancel(action.slot);
            deadlines.delete(action.slot);
          } else {
            now += action.delay;
            const mayExpire = new Set(reference.expiredBy(now));
            const mustExpire = reference.expiredBy(now - finestBucket);
            const expired = drain(wheel, deadlines, now, action.limit);
            expect(new Set(expired).size).toBe(expired.length);
            for (const slot of expired) expect(mayExpire.has(slot)).toBe(true);
            for (const slot of mustExpire) expect(expired).toContain(slot);
          }
          expect(wheel.scheduled).toBe(deadlines.size);
        }
      }),
      { numRuns: 3_000 },
    );
  });

  it('expires everything in time when looked at whenever it says so, and only then', () => {
    fc.assert(
      fc.property(fc.array(delay, { minLength: 1, maxLength: 30 }), (delays) => {
        const wheel = new TimerWheel(start);
        wheel.grow(64);
        const deadlines = new Map(delays.map((millis, at) => [at + 1, start + millis]));
        for (const [slot, deadline] of deadlines) wheel.schedule(slot, deadline);
        let now = start;
        let looks = 0;
        while (wheel.nextLook() !== Number.POSITIVE_INFINITY) {
          now = Math.max(now, wheel.nextLook());
          for (const slot of drain(wheel, new Map(deadlines), now)) {
            expect(now - (deadlines.get(slot) as number)).toBeLessThanOrEqual(finestBucket);
            deadlines.delete(slot);
          }
          expect(++looks).toBeLessThan(2_000);
        }
        expect(deadlines.size).toBe(0);
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ['back', -7 * 60 * second],
    ['forward', 7 * 60 * second],
  ])('expires everything in time by a clock that was put %s', (_, by) => {
    const wheel = new TimerWheel(start);
    wheel.grow(41);
    const deadlines = new Map<number, number>();
    for (let slot = 1; slot <= 40; slot++) {
      deadlines.set(slot, start + by + slot * slot * second);
      wheel.schedule(slot, deadlines.get(slot) as number);
    }
    let now = start + by;
    wheel.restart(now);
    const reference = new Reference();
    for (const [slot, deadline] of deadlines) reference.deadlines.set(slot, deadline);
    for (let turn = 0; turn < 2_000; turn++) {
      for (const slot of drain(wheel, deadlines, now)) expect(reference.deadlines.get(slot)).toBeLessThanOrEqual(now);
      for (const slot of reference.expiredBy(now - finestBucket)) expect(deadlines.has(slot)).toBe(false);
      now += second;
    }
    expect(wheel.scheduled).toBe(0);
  });

  it('looks at no more slots a pass than it is allowed', () => {
    const wheel = new TimerWheel(start);
    wheel.grow(10_001);
    for (let slot = 1; slot <= 10_000; slot++) wheel.schedule(slot, start + second);
    let expired = 0;
    const pass = () =>
      wheel.advance(
        start + day,
        1_000,
        () => start + second,
        () => expired++,
      );
    expect(pass()).toBe(true);
    expect(expired).toBe(1_000);
    while (pass());
    expect(expired).toBe(10_000);
  });

  it('has no place for what never expires', () => {
    const wheel = new TimerWheel(start);
    wheel.grow(64);
    wheel.schedule(1, Number.POSITIVE_INFINITY);
    expect(wheel.scheduled).toBe(0);
    expect(wheel.nextLook()).toBe(Number.POSITIVE_INFINITY);
    wheel.cancel(1);
    expect(wheel.scheduled).toBe(0);
  });

  it('expects nothing of slots that were taken off, and expires one that is given out again once', () => {
    const wheel = new TimerWheel(start);
    wheel.grow(64);
    for (const slot of [1, 2, 3]) wheel.schedule(slot, start + 70 * second);
    for (const slot of [1, 2, 3]) wheel.cancel(slot);
    expect(wheel.nextLook()).toBe(Number.POSITIVE_INFINITY);
    // In the bucket in which it lies still, in another, and nowhere.
    const deadlines = new Map([
      [1, start + 70 * second],
      [2, start + 2 * second],
    ]);
    for (const [slot, deadline] of deadlines) wheel.schedule(slot, deadline);
    expect(drain(wheel, deadlines, start + 4 * second)).toEqual([2]);
    expect(drain(wheel, deadlines, start + 60 * second)).toEqual([]);
    expect(drain(wheel, deadlines, start + 72 * second)).toEqual([1]);
    expect(wheel.scheduled).toBe(0);
  });
});
