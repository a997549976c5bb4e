import type { Cancel, Clock, Millis } from '../contracts/time.js';

/** Wakes those who wait for something to happen to a key, wherever it happens. */
export class KeyNews {
  readonly #clock: Clock;
  readonly #waiting = new Map<string, Set<() => void>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  tell(keys: readonly string[]): void {
    if (this.#waiting.size === 0) return;
    for (const key of keys) for (const wake of this.#waiting.get(key) ?? []) wake();
  }

  /** Until there is news of the key, or this time has passed, or `signal` aborts. Never rejects. */
  wait(key: string, millis: Millis, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(key) ?? new Set();
      this.#waiting.set(key, waiting);
      let cancel: Cancel | undefined;
      const wake = () => {
        cancel?.();
        signal.removeEventListener('abort', wake);
        waiting.delete(wake);
        if (waiting.size === 0 && this.#waiting.get(key) === waiting) this.#waiting.delete(key);
        resolve();
      };
      waiting.add(wake);
      cancel = this.#clock.schedule(wake, millis);
      if (signal.aborted) wake();
      else signal.addEventListener('abort', wake);
    });
  }
}
