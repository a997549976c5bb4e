import { randomBytes } from 'node:crypto';
import type { Version } from '../contracts/entry.js';
import type { Clock, Millis } from '../contracts/time.js';

/** A stamp is a whole number of these parts of a millisecond, so that a float64 holds it exactly until 2248. */
const partsPerMilli = 1_024;

/** Times of writes that are never equal in this process, and the versions that follow from them. */
export interface Stamps {
  /** Now, or a part of a millisecond after the last stamp: later calls get later stamps, whatever the clock does. */
  next(): Millis;
  /** As `next`, where the time is known already. */
  nextAt(now: Millis): Millis;
  /**
   * The last stamp of this millisecond. Stamps of other processes within it say nothing of their order: an invalidation
   * takes this one, so that it rather hides a write that came after it than misses one that came before.
   */
  lastOfMilli(): Millis;
  /** Later stamps are later than this time, which another process gave: what it invalidated stays invalidated. */
  witness(time: Millis): void;
  /** The version of the write with this stamp; no other process makes the same. */
  versionOf(stamp: Millis): Version;
}

/**
 * A logical clock on top of the physical one (Kulkarni et al., "Logical Physical Clocks", 2014), in one number: the
 * order of two writes, or of a write and a clear, is certain even within one millisecond or when the clock steps back.
 */
export function createStamps(clock: Clock, node: string = randomBytes(8).toString('base64url')): Stamps {
  let last = 0;
  const nextAt = (now: Millis): Millis => {
    last = Math.max(now, last + 1 / partsPerMilli);
    return last;
  };
  return {
    next: () => nextAt(clock.now()),
    nextAt,
    lastOfMilli() {
      last = Math.max(Math.floor(clock.now()) + 1, Math.floor(last) + 1) - 1 / partsPerMilli;
      return last;
    },
    witness(time) {
      last = Math.max(last, time);
    },
    versionOf: (stamp) => `${node}.${Math.round(stamp * partsPerMilli).toString(36)}`,
  };
}
