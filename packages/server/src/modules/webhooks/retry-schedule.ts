import type { Millis } from '@larder/cache';

const firstPause = 5_000;
const longestPause = 900_000;
/** With their pauses, about an hour. */
const mostAttempts = 12;

/**
 * How long to wait before the next attempt, between half of an exponential pause and all of it, so that webhooks that
 * failed together do not come back together; `undefined` to give up.
 *
 * @param attempts - how many have failed
 */
export function pauseAfter(attempts: number, random: () => number): Millis | undefined {
  if (attempts >= mostAttempts) return undefined;
  const pause = Math.min(firstPause * 2 ** (attempts - 1), longestPause);
  return Math.round(pause * (0.5 + random() / 2));
}
