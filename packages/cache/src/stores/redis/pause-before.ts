export const longestPauseMillis = 1_000;

/** How long to wait before a further attempt to connect, the first being 1: twice as long each time, up to a second. */
export function pauseBefore(attempt: number, random: () => number = Math.random): number {
  return Math.min(50 * 2 ** Math.min(attempt - 1, 5), longestPauseMillis) * (1 + random() / 4);
}
