import type { Millis } from '../contracts/time.js';

const shortest = 25;
const longest = 250;

/** How long to wait before looking again what others do: doubling, capped, and up to half less by chance. */
export function pollDelay(attempt: number, chance: number): Millis {
  return Math.min(longest, shortest * 2 ** Math.min(attempt, 10)) * (1 - chance / 2);
}
