import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boundsOfOffset, errorOf, type OffsetSample, offsetToUse, sampleOf } from '../../src/policy/clock-offset.js';

const minutes = 60_000;

describe('what one question for the time tells', () => {
  it('is less, the longer the round trip', () => {
    expect(sampleOf(1_000, 1_100, { time: 5_050, error: 0 })).toEqual({ from: 3_949, to: 4_050, at: 1_100 });
  });

  it('is less by what the other clock rounds', () => {
    expect(sampleOf(1_000, 1_000, { time: 5_500, error: 500 })).toEqual({ from: 3_999, to: 5_000, at: 1_000 });
  });
});

describe('what several samples tell together', () => {
  const sample = (from: number, to: number, at = 0): OffsetSample => ({ from, to, at });

  it('is what all of them allow: the shortest round trip decides', () => {
    expect(boundsOfOffset([sample(0, 100), sample(40, 45), sample(-50, 60)], 0)).toEqual({ from: 40, to: 45 });
  });

  it('is less, the longer ago they were taken', () => {
    expect(boundsOfOffset([sample(40, 45)], 100_000)).toEqual({ from: 35, to: 50 });
  });

  it('is what the latest say where an earlier one contradicts them: a clock was set', () => {
    expect(boundsOfOffset([sample(0, 10), sample(900, 1_000), sample(950, 1_050)], 0)).toEqual({
      from: 950,
      to: 1_000,
    });
  });

  it('is nothing without any', () => {
    expect(boundsOfOffset([], 0)).toEqual({ from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY });
  });
});

describe('the offset in use', () => {
  it('stays nothing where clocks may be equal, or nearly are', () => {
    expect(offsetToUse(0, { from: -3, to: 40 })).toBe(0);
    expect(offsetToUse(0, { from: 9, to: 11 })).toBe(0);
  });

  it('is not changed for what may be an error of the measurement', () => {
    expect(offsetToUse(420_000, { from: 420_004, to: 420_008 })).toBe(420_000);
  });

  it('becomes the middle of what is possible where it is not', () => {
    expect(offsetToUse(0, { from: 400, to: 500 })).toBe(450);
    expect(offsetToUse(420_000, { from: -10, to: 20 })).toBe(5);
  });
});

/** One question: how long it was under way, how long its answer, and how long before the next one. */
const question = fc.record({
  there: fc.double({ min: 0, max: 300, noNaN: true }),
  back: fc.double({ min: 0, max: 300, noNaN: true }),
  pause: fc.double({ min: 0, max: 120_000, noNaN: true }),
});

describe('any offset of hours, any round trips, however unequal their halves, and clocks that drift', () => {
  const world = fc.record({
    offset: fc.double({ min: -120 * minutes, max: 120 * minutes, noNaN: true }),
    drift: fc.double({ min: -40e-6, max: 40e-6, noNaN: true }),
    resolution: fc.constantFrom(0, 1_000),
    questions: fc.array(question, { minLength: 1, maxLength: 20 }),
  });

  it('the truth is within the bounds, and the offset in use within its error', () => {
    fc.assert(
      fc.property(world, ({ offset, drift, resolution, questions }) => {
        const samples: OffsetSample[] = [];
        let own = 1.7e12;
        let inUse = 0;
        const truth = () => offset + drift * (own - 1.7e12);
        for (const { there, back, pause } of questions) {
          own += pause;
          const asked = Math.floor(own);
          own += there;
          const shown = own + truth();
          const rounded = resolution === 0 ? shown : (Math.floor(shown / resolution) + 0.5) * resolution;
          own += back;
          samples.push(sampleOf(asked, Math.floor(own), { time: rounded, error: resolution / 2 }));
          if (samples.length > 8) samples.shift();

          const bounds = boundsOfOffset(samples, own);
          expect(bounds.from).toBeLessThanOrEqual(truth() + 0.05);
          expect(bounds.to).toBeGreaterThanOrEqual(truth() - 0.05);
          inUse = offsetToUse(inUse, bounds);
          expect(Math.abs(truth() - inUse)).toBeLessThanOrEqual(errorOf(inUse, bounds) + 0.05);
          expect(Math.abs(truth() - inUse)).toBeLessThanOrEqual(there + back + resolution + 12);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
