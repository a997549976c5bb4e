import type { Millis } from '../contracts/time.js';

const shortest = 1_000;
const longest = 30_000;

/** How long not to try again after that many failures in a row: doubling, capped, and up to a quarter less by chance. */
export function backoffAfter(failures: number, chance: number): Millis {
  const full = Math.min(longest, shortest * 2 ** Math.min(failures - 1, 10));
  return full * (1 - chance / 4);
}

const shortestPoll = 50;
const longestPoll = 250;

/** How long until somebody who waits looks again: from 25 to 250 ms, doubling, and up to half less by chance. */
export function pollDelayAfter(looks: number, chance: number): Millis {
  const full = Math.min(longestPoll, shortestPoll * 2 ** Math.min(looks - 1, 10));
  return full * (1 - chance / 2);
}
