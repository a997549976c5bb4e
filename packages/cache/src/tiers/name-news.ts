import type { Cancel, Clock, Millis } from '../contracts/time.js';

type Wake = () => void;

/** Wakes those of one namespace who wait for something to happen to a key, or to a lease, in whichever process. */
export class NameNews {
  readonly #clock: Clock;
  readonly #waiting = new Map<string, Set<Wake>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  tell(names: readonly string[]): void {
    if (this.#waiting.size === 0) return;
    for (const name of names) for (const wake of [...(this.#waiting.get(name) ?? [])]) wake();
  }

  /** Calls `wake` at every news of the name, until the answer is called. */
  readonly on = (name: string, wake: Wake): (() => void) => {
    const wakes = this.#waiting.get(name) ?? new Set();
    this.#waiting.set(name, wakes);
    wakes.add(wake);
    return () => {
      wakes.delete(wake);
      if (wakes.size === 0 && this.#waiting.get(name) === wakes) this.#waiting.delete(name);
    };
  };

  /** Until there is news of the name, or this time has passed, or `signal` aborts. Never rejects. */
  wait(name: string, millis: Millis, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      let cancel: Cancel | undefined;
      const wake = () => {
        cancel?.();
        signal.removeEventListener('abort', wake);
        stop();
        resolve();
      };
      const stop = this.on(name, wake);
      cancel = this.#clock.schedule(wake, millis);
      if (signal.aborted) wake();
      else signal.addEventListener('abort', wake);
    });
  }
}
