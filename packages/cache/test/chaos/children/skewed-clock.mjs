/** The system's clock, wrong by `offset` milliseconds. */
export function skewedClock(offset) {
  const now = () => Date.now() + offset;
  return {
    now,
    coarseNow: now,
    schedule(task, delay) {
      const timer = setTimeout(task, Math.min(delay, 2 ** 31 - 1));
      timer.unref();
      return () => clearTimeout(timer);
    },
  };
}
