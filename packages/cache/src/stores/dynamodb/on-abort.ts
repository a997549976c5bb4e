const watched = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Runs `then` when the signal is aborted; answers how to forget it. However many requests of a batch ask, the signal
 * gets one listener: Node warns of a leak from the eleventh on.
 */
export function onAbort(signal: AbortSignal | undefined, then: () => void): () => void {
  if (signal === undefined) return () => {};
  const all = watched.get(signal) ?? watch(signal);
  all.add(then);
  return () => {
    all.delete(then);
  };
}

function watch(signal: AbortSignal): Set<() => void> {
  const all = new Set<() => void>();
  watched.set(signal, all);
  signal.addEventListener('abort', () => all.forEach((then) => void then()), { once: true });
  return all;
}
