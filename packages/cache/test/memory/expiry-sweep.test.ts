import { describe, expect, it } from 'vitest';
import { ExpirySweep } from '../../src/memory/expiry-sweep.js';
import { type FakeClock, fakeClock } from '../../src/testing/fake-clock.js';

const slots = 2_500;

/** How many slots each pass of the sweep expired, where all have the same deadline. */
function passesOf(clock: FakeClock, whileExpiring: () => void): number[] {
  const passes: number[] = [];
  const passCounting = {
    ...clock,
    schedule: (task: () => void, delay: number) =>
      clock.schedule(() => {
        passes.push(0);
        task();
      }, delay),
  };
  const deadline = clock.now() + 1_000;
  const sweep = new ExpirySweep(passCounting, {
    deadlineOf: () => deadline,
    expire() {
      passes[passes.length - 1] = (passes.at(-1) as number) + 1;
      whileExpiring();
    },
  });
  sweep.grow(slots + 1);
  for (let slot = 1; slot <= slots; slot++) sweep.schedule(slot, deadline);
  clock.advance(60_000);
  return passes;
}

describe('the expiry sweep', () => {
  it('expires a thousand slots a pass', () => {
    expect(passesOf(fakeClock(), () => {})).toEqual([1_000, 1_000, 500]);
  });

  it('gives way to the event loop sooner where expiring takes long', () => {
    const clock = fakeClock();
    const passes = passesOf(clock, () => clock.advance(1));
    expect(passes.reduce((sum, expired) => sum + expired)).toBe(slots);
    expect(Math.max(...passes)).toBeLessThanOrEqual(50);
  });
});
