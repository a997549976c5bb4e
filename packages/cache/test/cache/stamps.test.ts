import { describe, expect, it } from 'vitest';
import { createStamps } from '../../src/cache/stamps.js';

function clockAt(time: number, margin?: number) {
  const clock = { time, now: () => clock.time, ...(margin === undefined ? {} : { margin }) };
  return clock;
}

describe('stamps', () => {
  it('rise, also when the clock steps back', () => {
    const clock = clockAt(1_000);
    const stamps = createStamps(clock);
    const before = stamps.next();
    clock.time = 400;
    expect(stamps.next()).toBeGreaterThan(before);
  });

  it('of an invalidation are the last of the millisecond, and then of the last that may be now elsewhere', () => {
    expect(Math.floor(createStamps(clockAt(1_000)).lastOfMilli())).toBe(1_000);
    const stamps = createStamps(clockAt(1_000, 12));
    const invalidation = stamps.lastOfMilli();
    expect(Math.floor(invalidation)).toBe(1_012);
    expect(stamps.next()).toBeGreaterThan(invalidation);
  });

  it('of what must miss nothing are plain ones where all go by one clock', () => {
    expect(createStamps(clockAt(1_000)).nextOfAll()).toBe(1_000);
    expect(Math.floor(createStamps(clockAt(1_000, 12)).nextOfAll())).toBe(1_012);
  });

  it('begin anew where the clock was wrong, and no version comes twice', () => {
    const clock = clockAt(421_000);
    const stamps = createStamps(clock);
    const wrong = stamps.versionOf(stamps.next());
    clock.time = 1_000;
    stamps.restart();
    expect(stamps.next()).toBe(1_000);
    clock.time = 421_000;
    const right = stamps.next();
    expect(right).toBe(421_000);
    expect(stamps.versionOf(right)).not.toBe(wrong);
  });
});
