import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  demandAfter,
  portionToReserve,
  stockToRefillAt,
  unitsGranted,
  unitsToGiveBack,
} from '../../../src/modules/limits/guided-reservation.js';

const quota = fc.integer({ min: 1, max: 1_000_000 });
const count = fc.integer({ min: 0, max: 1_000_000 });

describe('a portion', () => {
  it('is at least one, covers who waits, and else is at most an eighth of what is left', () => {
    fc.assert(
      fc.property(quota, count, count, fc.nat(100), (q, left, demand, needed) => {
        const remaining = Math.min(q, left);
        const portion = portionToReserve({ quota: q, remaining, demand, needed });
        expect(portion).toBeGreaterThanOrEqual(Math.max(1, needed));
        expect(portion).toBeLessThanOrEqual(Math.max(1, needed, Math.ceil(remaining / 8)));
      }),
    );
  });

  it('gets smaller with what is left, down to one', () => {
    const portions = [20_000, 10_000, 1_000, 100, 10, 1, 0, -5].map((remaining) =>
      portionToReserve({ quota: 20_000, remaining, demand: 100_000, needed: 0 }),
    );
    expect(portions).toEqual([2_500, 1_250, 125, 13, 2, 1, 1, 1]);
  });

  it('is no more than a second takes, and little where hardly anybody asks', () => {
    expect(portionToReserve({ quota: 20_000, remaining: 20_000, demand: 300, needed: 0 })).toBe(300);
    expect(portionToReserve({ quota: 20_000, remaining: 20_000, demand: 1, needed: 0 })).toBe(8);
    expect(portionToReserve({ quota: 100, remaining: 100, demand: 1, needed: 0 })).toBe(1);
  });
});

describe('what is granted', () => {
  it('of any order of portions never exceeds the quota, and reaches it where enough is asked for', () => {
    fc.assert(
      fc.property(quota, fc.array(fc.integer({ min: 1, max: 200_000 })), (q, portions) => {
        let counter = 0;
        let granted = 0;
        for (const asked of portions) {
          counter += asked;
          const now = unitsGranted(counter, asked, q);
          granted += now;
          counter -= asked - now;
        }
        const wanted = portions.reduce((sum, asked) => sum + asked, 0);
        expect(granted).toBe(Math.min(q, wanted));
      }),
    );
  });

  it('never exceeds the quota where what was refused is taken back late, or never', () => {
    fc.assert(
      fc.property(quota, fc.array(fc.tuple(fc.integer({ min: 1, max: 200_000 }), fc.boolean())), (q, portions) => {
        let counter = 0;
        let granted = 0;
        let owed = 0;
        for (const [asked, takesBack] of portions) {
          counter += asked;
          const now = unitsGranted(counter, asked, q);
          granted += now;
          owed += asked - now;
          if (takesBack) {
            counter -= owed;
            owed = 0;
          }
        }
        expect(granted).toBeLessThanOrEqual(q);
      }),
    );
  });
});

describe('what is given back', () => {
  it('is all of it where nobody asks, never more than is held, and nothing of what a second takes', () => {
    fc.assert(
      fc.property(count, fc.integer({ min: 1, max: 1_000_000 }), quota, (held, demand, q) => {
        expect(unitsToGiveBack(held, 0, q)).toBe(held);
        const back = unitsToGiveBack(held, demand, q);
        expect(back).toBeGreaterThanOrEqual(0);
        expect(held - back).toBeGreaterThanOrEqual(Math.min(held, demand));
      }),
    );
  });

  it('is nothing of a portion that was just reserved: nothing goes to and fro', () => {
    fc.assert(
      fc.property(quota, fc.integer({ min: 1, max: 1_000_000 }), (q, demand) => {
        const portion = portionToReserve({ quota: q, remaining: q, demand, needed: 0 });
        expect(unitsToGiveBack(portion, demand, q)).toBe(0);
      }),
    );
  });

  it('demand is forgotten within seconds', () => {
    let demand = demandAfter(0, 10_000);
    let looks = 0;
    while (demand > 0) {
      demand = demandAfter(demand, 0);
      looks++;
    }
    expect(looks).toBeLessThan(40);
    expect(demandAfter(1, 0)).toBe(0);
  });
});

it('the next portion is fetched before the last unit of this one is spent', () => {
  expect([1, 2, 9, 100].map(stockToRefillAt)).toEqual([0, 1, 4, 50]);
});
