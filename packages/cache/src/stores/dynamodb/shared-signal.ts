/** One signal for work that several callers wait for: aborted when the last of them has given up. */
export interface SharedSignal {
  readonly signal: AbortSignal | undefined;
  /** Lets go of the callers' signals. */
  release(): void;
}

const never: SharedSignal = { signal: undefined, release() {} };

export function sharedSignal(signals: readonly (AbortSignal | undefined)[]): SharedSignal {
  const all = signals.filter((signal) => signal !== undefined);
  if (all.length < signals.length || all.length === 0) return never;
  if (all.length === 1) return { signal: all[0], release() {} };
  const shared = new AbortController();
  let left = 0;
  const giveUp = ({ target }: Event) => {
    left -= 1;
    if (left === 0) shared.abort((target as AbortSignal).reason);
  };
  const unique = new Set(all.filter((signal) => !signal.aborted));
  for (const signal of unique) signal.addEventListener('abort', giveUp, { once: true });
  left = unique.size;
  if (left === 0) shared.abort(all[0]?.reason);
  return {
    signal: shared.signal,
    release() {
      for (const signal of unique) signal.removeEventListener('abort', giveUp);
    },
  };
}
