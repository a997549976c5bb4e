import type { StoreTime } from '../contracts/store.js';
import type { Millis } from '../contracts/time.js';

/** By how much another clock may be ahead of our own. */
export interface OffsetBounds {
  readonly from: Millis;
  readonly to: Millis;
}

/** What one question for the other clock's time told, and when. */
export interface OffsetSample extends OffsetBounds {
  readonly at: Millis;
}

/** How much two clocks may drift apart, as a share of the time that passes: more than any crystal does. */
const drift = 50e-6;
/** An offset in use is not changed for less: equal clocks stay untouched, and nothing moves at every measurement. */
const tolerance: Millis = 10;

/**
 * Cristian's algorithm ("Probabilistic clock synchronization", 1989): the other clock was read between the question and
 * the answer, nobody knows when. The shorter the round trip, the more is known. Our own clock shows whole milliseconds.
 */
export function sampleOf(asked: Millis, answered: Millis, { time, error }: StoreTime): OffsetSample {
  return { from: time - error - (answered + 1), to: time + error - asked, at: answered };
}

/**
 * What all samples allow together, the latest last: an older one says less by as much as the clocks may have drifted
 * since. One that contradicts later ones, and what was before it, says nothing: somebody has set a clock.
 */
export function boundsOfOffset(samples: readonly OffsetSample[], now: Millis): OffsetBounds {
  let from = Number.NEGATIVE_INFINITY;
  let to = Number.POSITIVE_INFINITY;
  for (const sample of [...samples].reverse()) {
    const drifted = drift * Math.max(0, now - sample.at);
    const tighterFrom = Math.max(from, sample.from - drifted);
    const tighterTo = Math.min(to, sample.to + drifted);
    if (tighterFrom > tighterTo) break;
    from = tighterFrom;
    to = tighterTo;
  }
  return { from, to };
}

/** The offset in use, as long as it is about possible; else what is in the middle of what is. Whole milliseconds. */
export function offsetToUse(inUse: Millis, { from, to }: OffsetBounds): Millis {
  return from - tolerance <= inUse && inUse <= to + tolerance ? inUse : Math.round((from + to) / 2);
}

/** How far this offset may be from the right one. */
export function errorOf(offset: Millis, { from, to }: OffsetBounds): Millis {
  return Math.max(offset - from, to - offset);
}

/** Did the round trip tell little, beside what the other clock rounds? The first question may have had to connect. */
export function isVague({ from, to }: OffsetBounds, { error }: StoreTime): boolean {
  return to - from - 2 * error > 2 * tolerance;
}
