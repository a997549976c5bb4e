import { setTimeout as delay } from 'node:timers/promises';

export { delay };

/** What came of a call within `limitMs`: its value or error, and the time it took. */
export async function timed(call, limitMs) {
  const start = performance.now();
  const settled = Promise.resolve()
    .then(call)
    .then(
      (value) => ({ value }),
      (error) => ({ error }),
    );
  const outcome = await Promise.race([settled, delay(limitMs, { stillWaiting: true })]);
  return { ...outcome, ms: performance.now() - start };
}

export const times = (count) => (count === 1 ? 'once' : `${count} times`);

export function duration(ms) {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}
