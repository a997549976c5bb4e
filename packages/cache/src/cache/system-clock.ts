import type { Clock, Millis } from '../contracts/time.js';

/** Taken when the module loads: a test that replaces the global timers must not stop the coarse clock. */
const { setImmediate, setTimeout, clearTimeout } = globalThis;

/** setTimeout takes at most a signed 32-bit number and fires at once on anything above it. */
const longestTimeout = 2 ** 31 - 1;
const readingsPerTurn = 32;

let reading: Millis = 0;
let readingsLeft = 0;
let endOfTurnAwaited = false;

/**
 * The coarse time is read once a turn of the event loop, as libuv does for its own timers, and again at every 32nd
 * call within a turn. Date.now() costs more than the rest of a cache hit.
 */
export const systemClock: Clock = Object.freeze({
  now: () => Date.now(),
  coarseNow(): Millis {
    if (readingsLeft > 0) {
      readingsLeft--;
      return reading;
    }
    return readTime();
  },
  schedule(task: () => void, delay: number) {
    const timer = setTimeout(task, Math.min(delay, longestTimeout));
    timer.unref();
    return () => clearTimeout(timer);
  },
});

function readTime(): Millis {
  reading = Date.now();
  readingsLeft = readingsPerTurn - 1;
  if (!endOfTurnAwaited) {
    endOfTurnAwaited = true;
    // Not unref'd: the loop would wait for events before it ran the immediate, and their callbacks would read old time.
    setImmediate(() => {
      endOfTurnAwaited = false;
      readingsLeft = 0;
    });
  }
  return reading;
}
