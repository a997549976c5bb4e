import type { Clock } from '../../src/contracts/time.js';

/** A clock that is wrong by so much: `by` milliseconds ahead, or behind where it is negative. */
export function skewedClock(clock: Clock, by: number): Clock & { by: number } {
  const skewed = {
    by,
    now: () => clock.now() + skewed.by,
    coarseNow: () => clock.coarseNow() + skewed.by,
    schedule: clock.schedule.bind(clock),
  };
  return skewed;
}
