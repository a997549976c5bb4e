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
      signal?.removeEventListener('abort', giveUp);
      resolve();
    }, milliseconds);
    if (signal?.aborted) giveUp();
    else signal?.addEventListener('abort', giveUp, { once: true });
  });
}
