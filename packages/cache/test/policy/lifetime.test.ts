import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isExpired, isFresh, lifetimeFrom, secondsLeft } from '../../src/policy/lifetime.js';

const never = Number.POSITIVE_INFINITY;
const plain = { ttl: 1_000, staleWhileRevalidate: 0, staleIfError: 0, jitter: 0 };
const millis = fc.integer({ min: 0, max: 10 ** 10 });
const window = fc.oneof(millis, fc.constant(never));
const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('the life of an entry', () => {
  it('is fresh up to its deadline, and not at it', () => {
    const life = lifetimeFrom(5_000, plain, 0);
    expect([isFresh(life, 5_999), isFresh(life, 6_000)]).toEqual([true, false]);
    expect([isExpired(life, 5_999), isExpired(life, 6_000)]).toEqual([false, true]);
  });

  it('ends, physically, with the longest window: neither the sum of them nor one of them alone', () => {
    const life = lifetimeFrom(0, { ...plain, staleWhileRevalidate: 200, staleIfError: 3_000 }, 0);
    expect(life).toEqual({ freshUntil: 1_000, staleUntil: 4_000 });
    const other = lifetimeFrom(0, { ...plain, staleWhileRevalidate: 3_000, staleIfError: 200 }, 0);
    expect(other).toEqual({ freshUntil: 1_000, staleUntil: 4_000 });
  });

  it("never ends with 'never', whatever the windows and the jitter", () => {
    fc.assert(
      fc.property(window, window, millis, chance, (staleWhileRevalidate, staleIfError, jitter, drawn) => {
        const life = lifetimeFrom(1, { ttl: never, staleWhileRevalidate, staleIfError, jitter }, drawn);
        expect(life).toEqual({ freshUntil: never, staleUntil: never });
        expect(secondsLeft(life, Number.MAX_SAFE_INTEGER)).toBe(never);
      }),
    );
  });

  it('is longer by at most the jitter, never shorter, and by none where there is none', () => {
    fc.assert(
      fc.property(millis, millis, chance, (ttl, jitter, drawn) => {
        const { freshUntil } = lifetimeFrom(0, { ...plain, ttl, jitter }, drawn);
        expect(freshUntil).toBeGreaterThanOrEqual(ttl);
        expect(freshUntil).toBeLessThanOrEqual(ttl + jitter);
        expect(lifetimeFrom(0, { ...plain, ttl }, drawn).freshUntil).toBe(ttl);
      }),
    );
  });

  it('moves its windows with the jitter', () => {
    const life = lifetimeFrom(0, { ...plain, staleIfError: 500, jitter: 100 }, 0.5);
    expect(life).toEqual({ freshUntil: 1_050, staleUntil: 1_550 });
  });

  it('never ends before it is stale', () => {
    fc.assert(
      fc.property(millis, window, window, window, (start, ttl, staleWhileRevalidate, staleIfError) => {
        const life = lifetimeFrom(start, { ttl, staleWhileRevalidate, staleIfError, jitter: 0 }, 0);
        expect(life.staleUntil).toBeGreaterThanOrEqual(life.freshUntil);
      }),
    );
  });

  it('shows a live entry with at least one second', () => {
    const life = lifetimeFrom(0, plain, 0);
    expect([secondsLeft(life, 0), secondsLeft(life, 1), secondsLeft(life, 999)]).toEqual([1, 1, 1]);
  });
});
