import { randomBytes } from 'node:crypto';
import type { Version } from '../contracts/entry.js';
import type { Clock, Millis } from '../contracts/time.js';

/** A stamp is a whole number of these parts of a millisecond, so that a float64 holds it exactly until 2248. */
const partsPerMilli = 1_024;

export interface StampClock extends Pick<Clock, 'now'> {
  /** How far it may be from those of other processes, where that is known to be more than nothing. */
  readonly margin?: Millis;
}

/** Times of writes that are never equal in this process, and the versions that follow from them. */
export interface Stamps {
  /** Now, or a part of a millisecond after the last stamp: later calls get later stamps, whatever the clock does. */
  next(): Millis;
  /** As `next`, where the time is known already. */
  nextAt(now: Millis): Millis;
  /**
   * The last stamp of this millisecond, or of the last one that may be now for another process. Stamps of other processes
   * up to then say nothing of their order: an invalidation takes this one, so that it rather hides a write that came
   * after it than misses one that came before.
   */
  lastOfMilli(): Millis;
  /** As {@link Stamps.next}, of what must not miss a write that any process made before. */
  nextOfAll(): Millis;
  /** Later stamps are later than this time, which another process gave: what it invalidated stays invalidated. */
  witness(time: Millis): void;
  /**
   * Begins anew: what was stamped so far was stamped by a wrong clock, and has not left this process. Until that clock's
   * time has come, all stamps would be equally wrong.
   */
  restart(): void;
  /** The version of the write with this stamp; no other process makes the same. */
  versionOf(stamp: Millis): Version;
}

/**
 * A logical clock on top of the physical one (Kulkarni et al., "Logical Physical Clocks", 2014), in one number: the
 * order of two writes, or of a write and a clear, is certain even within one millisecond or when the clock steps back.
 */
export function createStamps(clock: StampClock, firstNode = newNode()): Stamps {
  let node = firstNode;
  let last = 0;
  const nextAt = (now: Millis): Millis => {
    last = Math.max(now, last + 1 / partsPerMilli);
    return last;
  };
  const lastOfMilli = (): Millis => {
    const now = Math.floor(clock.now() + (clock.margin ?? 0));
    last = Math.max(now + 1, Math.floor(last) + 1) - 1 / partsPerMilli;
    return last;
  };
  return {
    next: () => nextAt(clock.now()),
    nextAt,
    lastOfMilli,
    nextOfAll: () => (clock.margin === undefined ? nextAt(clock.now()) : lastOfMilli()),
    witness(time) {
      last = Math.max(last, time);
    },
    restart() {
      last = 0;
      node = newNode();
    },
    versionOf: (stamp) => `${node}.${base36(Math.round(stamp * partsPerMilli))}`,
  };
}

const digits = '0123456789abcdefghijklmnopqrstuvwxyz';
const digitsOfLowPart = 5;
const lowParts = 36 ** digitsOfLowPart;
let highPart = -1;
let highDigits = '';

/**
 * As `toString(36)`, which takes longer than encoding a small value does. Most of the digits of a stamp change once in a
 * minute, and are kept from one to the next.
 */
function base36(whole: number): string {
  const high = Math.floor(whole / lowParts);
  if (high < 1) return whole.toString(36);
  if (high !== highPart) {
    highPart = high;
    highDigits = high.toString(36);
  }
  let low = whole - high * lowParts;
  let text = '';
  for (let digit = 0; digit < digitsOfLowPart; digit++) {
    text = digits[low % 36] + text;
    low = Math.trunc(low / 36);
  }
  return highDigits + text;
}

function newNode(): string {
  return randomBytes(8).toString('base64url');
}
