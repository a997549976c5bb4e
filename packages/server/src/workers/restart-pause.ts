import type { Millis } from '@larder/cache';

const firstPause = 100;
const longestPause = 10_000;

/** A worker that lived so long was well: what ended it was something new. */
export const goodLife = 30_000;

/** How long to wait before a worker is started again that has died so often without having lived well. */
export function pauseBeforeRestart(deaths: number): Millis {
  return Math.min(firstPause * 2 ** (deaths - 1), longestPause);
}
