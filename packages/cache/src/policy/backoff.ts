import type { Millis } from '../contracts/time.js';

const shortest = 1_000;
const longest = 30_000;

/** How long not to try again after that many failures in a row: doubling, capped, and up to a quarter less by chance. */
export function backoffAfter(failures: number, chance: number): Millis {
  const full = Math.min(longest, shortest * 2 ** Math.min(failures - 1, 10));
  return full * (1 - chance / 4);
}
