import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lifetimeFrom } from '../../src/policy/lifetime.js';
import { mayServeOnError, mayServeWhileRevalidating } from '../../src/policy/stale-windows.js';

const never = Number.POSITIVE_INFINITY;
const span = (staleWhileRevalidate: number, staleIfError: number) => ({
  ttl: 1_000,
  staleWhileRevalidate,
  staleIfError,
  jitter: 0,
});
const window = fc.oneof(fc.integer({ min: 0, max: 10_000 }), fc.constant(never));
const spans = fc.tuple(window, window).map(([revalidate, error]) => span(revalidate, error));

describe('the windows of a stale entry', () => {
  it('are open up to their end, and not at it', () => {
    const written = span(500, 2_000);
    const entry = lifetimeFrom(0, written, 0);
    expect([1_499, 1_500].map((now) => mayServeWhileRevalidating(entry, written, now))).toEqual([true, false]);
    expect([2_999, 3_000].map((now) => mayServeOnError(entry, written, now))).toEqual([true, false]);
  });

  it('serve on an error for as long as they serve without one', () => {
    const written = span(2_000, 0);
    const entry = lifetimeFrom(0, written, 0);
    expect([2_999, 3_000].map((now) => mayServeOnError(entry, written, now))).toEqual([true, false]);
  });

  it('are shut when they have no length', () => {
    const entry = lifetimeFrom(0, span(5_000, 5_000), 0);
    expect(mayServeWhileRevalidating(entry, span(0, 5_000), 1_000)).toBe(false);
    expect(mayServeOnError(entry, span(0, 0), 1_000)).toBe(false);
  });

  it('never reach beyond the physical end of the entry, however long the reader would have them', () => {
    fc.assert(
      fc.property(spans, spans, fc.integer({ min: 0, max: 30_000 }), (written, asked, now) => {
        const entry = lifetimeFrom(0, written, 0);
        if (now < entry.staleUntil) return;
        expect(mayServeOnError(entry, asked, now)).toBe(false);
        expect(mayServeWhileRevalidating(entry, asked, now)).toBe(false);
      }),
    );
  });

  it('allow on an error whatever they allow during a refresh', () => {
    fc.assert(
      fc.property(spans, spans, fc.integer({ min: 1_000, max: 30_000 }), (written, asked, now) => {
        const entry = lifetimeFrom(0, written, 0);
        if (mayServeWhileRevalidating(entry, asked, now)) expect(mayServeOnError(entry, asked, now)).toBe(true);
      }),
    );
  });
});
