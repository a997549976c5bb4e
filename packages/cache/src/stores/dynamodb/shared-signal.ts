import { onAbort } from './on-abort.js';

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
  const unique = new Set(all);
  if (unique.size === 1) return { signal: all[0], release() {} };
  const shared = new AbortController();
  let left = unique.size;
  const giveUp = (signal: AbortSignal | undefined) => {
    left -= 1;
    if (left === 0) shared.abort(signal?.reason);
  };
  const forgets = [...unique].map((signal) => {
    if (!signal.aborted) return onAbort(signal, () => giveUp(signal));
    giveUp(signal);
    return () => {};
  });
  return {
    signal: shared.signal,
    release() {
      for (const forget of forgets) forget();
    },
  };
}
