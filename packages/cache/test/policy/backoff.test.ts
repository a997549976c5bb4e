import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffAfter, pollDelayAfter } from '../../src/policy/backoff.js';

const failures = fc.integer({ min: 1, max: 10_000 });
const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('the pause after failures in a row', () => {
  it('doubles from a second up to half a minute', () => {
    expect([1, 2, 3, 4, 5, 6, 7, 100].map((count) => backoffAfter(count, 0))).toEqual([
      1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000,
    ]);
  });

  it('is shorter by up to a quarter by chance, so that keys which failed together are not tried together', () => {
    fc.assert(
      fc.property(failures, chance, (count, drawn) => {
        const full = backoffAfter(count, 0);
        expect(backoffAfter(count, drawn)).toBeLessThanOrEqual(full);
        expect(backoffAfter(count, drawn)).toBeGreaterThanOrEqual(0.75 * full);
      }),
    );
  });

  it('is never over before it began, and never longer than half a minute', () => {
    fc.assert(
      fc.property(failures, chance, (count, drawn) => {
        expect(backoffAfter(count, drawn)).toBeGreaterThanOrEqual(750);
        expect(backoffAfter(count, drawn)).toBeLessThanOrEqual(30_000);
      }),
    );
  });
});

describe('how long somebody who waits does not look', () => {
  it('doubles from look to look, up to a quarter of a second', () => {
    expect([1, 2, 3, 4, 5, 1_000].map((looks) => pollDelayAfter(looks, 0))).toEqual([50, 100, 200, 250, 250, 250]);
  });

  it('is up to half shorter by chance, so that those who wait do not look together', () => {
    expect(pollDelayAfter(1, 1)).toBe(25);
    expect(pollDelayAfter(9, 0.5)).toBe(187.5);
  });
});
