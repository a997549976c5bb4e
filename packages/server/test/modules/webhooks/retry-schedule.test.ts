import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pauseAfter } from '../../../src/modules/webhooks/retry-schedule.js';

describe('the pauses between attempts', () => {
  it('grow, and end after about an hour', () => {
    const pauses: number[] = [];
    for (let attempts = 1; ; attempts++) {
      const pause = pauseAfter(attempts, () => 1);
      if (pause === undefined) break;
      pauses.push(pause);
    }
    expect(pauses).toEqual([5, 10, 20, 40, 80, 160, 320, 640, 900, 900, 900].map((seconds) => seconds * 1_000));
    const total = pauses.reduce((sum, pause) => sum + pause, 0);
    expect([total >= 50 * 60_000, total <= 70 * 60_000]).toEqual([true, true]);
  });

  it('differ by chance, between half of it and all of it', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 11 }), fc.double({ min: 0, max: 1, noNaN: true }), (attempts, chance) => {
        const [longest = 0, pause = 0] = [pauseAfter(attempts, () => 1), pauseAfter(attempts, () => chance)];
        expect(pause >= longest / 2 && pause <= longest).toBe(true);
      }),
    );
  });
});
