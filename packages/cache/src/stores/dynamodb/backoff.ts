import { onAbort } from './on-abort.js';

const firstPause = 25;
const longestPause = 400;

/** How long to wait before the attempt after the `failures`th: full jitter under a ceiling that doubles. */
export function pauseAfter(failures: number, random: () => number): number {
  return random() * Math.min(longestPause, firstPause * 2 ** (failures - 1));
}

/** Rejects with the signal's reason as soon as nobody waits any more. */
export function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const giveUp = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      forget();
      resolve();
    }, milliseconds);
    const forget = onAbort(signal, giveUp);
    if (signal?.aborted) giveUp();
  });
}
