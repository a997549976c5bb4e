const shortest = 100;
const longest = 10_000;

/**
 * Milliseconds until a server is asked again that has failed so often in a row. At once after the first failure, which
 * may be a restart; then doubling, and up to a half less by chance, so that not all clients come back together.
 */
export function retryDelay(failures: number, chance: number): number {
  if (failures <= 1) return 0;
  const full = Math.min(longest, shortest * 2 ** Math.min(failures - 2, 20));
  return full * (1 - chance / 2);
}
