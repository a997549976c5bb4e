import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffAfter } from '../../src/policy/backoff.js';

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
