import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isRefreshDue, refreshPoint, smoothedLoadMillis } from '../../src/policy/early-refresh.js';
import { seededRandom } from '../../src/testing/seeded-random.js';

const never = Number.POSITIVE_INFINITY;
const entry = { createdAt: 0, freshUntil: 100_000, loadMillis: 1_000 };
const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const entries = fc.record({
  createdAt: fc.integer({ min: 0, max: 1_000 }),
  freshUntil: fc.integer({ min: 1_000, max: 100_000 }),
  loadMillis: fc.option(fc.integer({ min: 0, max: 50_000 }), { nil: undefined }),
});

/** The share of hits that start a refresh at this time. */
function share(of: typeof entry, now: number, draws = 100_000): number {
  const random = seededRandom(7);
  let due = 0;
  for (let draw = 0; draw < draws; draw++) if (isRefreshDue(of, 'auto', now, random())) due++;
  return due / draws;
}

describe('refreshing early by a fraction of the life', () => {
  it('begins at that fraction, at once and for every hit', () => {
    expect(isRefreshDue(entry, 0.8, 79_999, 0.999)).toBe(false);
    expect(isRefreshDue(entry, 0.8, 80_000, 0)).toBe(true);
  });

  it('never begins where it is off, or where the life has no end', () => {
    fc.assert(
      fc.property(entries, fc.integer({ min: 0, max: 100_000 }), chance, (of, now, drawn) => {
        expect(isRefreshDue(of, undefined, now, drawn)).toBe(false);
        expect(isRefreshDue({ ...of, freshUntil: never }, 0.1, now, drawn)).toBe(false);
        expect(isRefreshDue({ ...of, freshUntil: never }, 'auto', now, drawn)).toBe(false);
      }),
    );
  });
});

describe('refreshing early by chance (XFetch)', () => {
  it.each([
    [1, Math.exp(-1)],
    [2, Math.exp(-2)],
    [0.5, Math.exp(-0.5)],
    [5, Math.exp(-5)],
  ])('with %d times the length of a load left, does it with chance %d', (loads, expected) => {
    expect(share(entry, entry.freshUntil - loads * 1_000)).toBeCloseTo(expected, 2);
  });

  it('is sure at the end, and scales with what a load takes', () => {
    expect(share(entry, entry.freshUntil - 0.001)).toBeGreaterThan(0.999);
    const slow = { ...entry, loadMillis: 8_000 };
    expect(share(slow, entry.freshUntil - 8_000)).toBeCloseTo(Math.exp(-1), 2);
  });

  it('never happens to what loads at once, or was not loaded', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 99_999 }), chance, (now, drawn) => {
        expect(isRefreshDue({ ...entry, loadMillis: 0 }, 'auto', now, drawn)).toBe(false);
        expect(isRefreshDue({ createdAt: 0, freshUntil: 100_000 }, 'auto', now, drawn)).toBe(false);
      }),
    );
  });

  it('is not drawn for twelve loads before the end or earlier', () => {
    expect(isRefreshDue(entry, 'auto', entry.freshUntil - 12_001, 1 - Number.EPSILON / 2)).toBe(false);
    expect(isRefreshDue(entry, 'auto', entry.freshUntil - 12_000, 1 - Number.EPSILON / 2)).toBe(true);
  });

  it('grows likelier as the end comes nearer', () => {
    fc.assert(
      fc.property(entries, fc.nat(99_999), fc.nat(99_999), chance, (of, one, other, drawn) => {
        const [sooner, later] = [Math.min(one, other), Math.max(one, other)];
        if (isRefreshDue(of, 'auto', sooner, drawn)) expect(isRefreshDue(of, 'auto', later, drawn)).toBe(true);
      }),
    );
  });
});

describe('the point before which no hit is looked at', () => {
  it('lies within the life, and no refresh is due before it', () => {
    const manners = fc.constantFrom<(number | 'auto' | undefined)[]>(undefined, 'auto', 0.2, 0.8);
    fc.assert(
      fc.property(entries, manners, fc.nat(100_000), chance, (of, refreshAhead, now, drawn) => {
        const point = refreshPoint(of, refreshAhead);
        expect(point).toBeGreaterThanOrEqual(of.createdAt);
        expect(point).toBeLessThanOrEqual(of.freshUntil);
        if (now < point) expect(isRefreshDue(of, refreshAhead, now, drawn)).toBe(false);
      }),
    );
  });
});

describe('what a load takes', () => {
  it('is the first measurement, then a mean in which one slow load does not decide', () => {
    expect(smoothedLoadMillis(undefined, 100)).toBe(100);
    expect(smoothedLoadMillis(0, 100)).toBeCloseTo(30);
    expect(smoothedLoadMillis(100, 1_100)).toBeCloseTo(400);
  });

  it('stays between what it was and what was measured, and comes to what loads take now', () => {
    fc.assert(
      fc.property(fc.nat(10_000), fc.nat(10_000), (before, latest) => {
        const mean = smoothedLoadMillis(before, latest);
        expect(mean).toBeGreaterThanOrEqual(Math.min(before, latest) - 1e-6);
        expect(mean).toBeLessThanOrEqual(Math.max(before, latest) + 1e-6);
        let smoothed = before;
        for (let load = 0; load < 60; load++) smoothed = smoothedLoadMillis(smoothed, latest);
        expect(smoothed).toBeCloseTo(latest, 3);
      }),
    );
  });
});
