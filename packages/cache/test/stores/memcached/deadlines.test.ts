import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deadlineFlags, isLiveByFlags, serverDeadline } from '../../../src/stores/memcached/deadlines.js';

const now = Date.UTC(2026, 0, 1);
const day = 86_400_000;

describe('the deadline that the server gets', () => {
  it('is absolute and one to two seconds late', () => {
    fc.assert(
      fc.property(fc.integer({ min: now, max: now + 400 * day }), (expiresAt) => {
        const late = serverDeadline(expiresAt) * 1000 - expiresAt;
        expect(late).toBeGreaterThanOrEqual(1000);
        expect(late).toBeLessThan(2000);
      }),
    );
  });

  it('is 0, for ever, for what never ends or ends after the 19th of January 2038', () => {
    expect(serverDeadline(Number.POSITIVE_INFINITY)).toBe(0);
    expect(serverDeadline(Date.UTC(2038, 0, 20))).toBe(0);
    expect(serverDeadline(Date.UTC(2038, 0, 18))).toBe(Date.UTC(2038, 0, 18) / 1000 + 1);
  });

  it('is never 0 for what is long past', () => {
    expect(serverDeadline(-5_000)).toBe(1);
  });
});

describe('whether an entry is live, by its flags and the seconds that it has left', () => {
  it('is told to the millisecond, whatever the clocks differ by', () => {
    const life = fc.integer({ min: -2_000, max: 400 * day });
    const skew = fc.integer({ min: -20 * day, max: 20 * day });
    fc.assert(
      fc.property(life, skew, fc.integer({ min: -3, max: 3 }), (left, serverIsAhead, off) => {
        const expiresAt = now + left;
        const secondsLeft = Math.max(0, Math.floor((serverDeadline(expiresAt) * 1000 - now - serverIsAhead) / 1000));
        if (secondsLeft === 0) return;
        const time = off === 0 ? now : expiresAt + off;
        const judged = Math.abs(time - now) < day ? time : now;
        expect(isLiveByFlags(deadlineFlags(expiresAt), secondsLeft, judged)).toBe(judged < expiresAt);
      }),
      { numRuns: 2_000 },
    );
  });

  it('is sure for what never ends, and stands in the record alone for what ends after the server’s time', () => {
    expect(isLiveByFlags(deadlineFlags(Number.POSITIVE_INFINITY), -1, now)).toBe(true);
    expect(isLiveByFlags(deadlineFlags(Date.UTC(2040, 0, 1)), -1, now)).toBe('unknown');
  });
});
