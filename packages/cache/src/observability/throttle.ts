import type { Clock, Millis } from '../contracts/time.js';

interface Window {
  begin: Millis;
  suppressed: number;
}

const windowLength = 1_000;

/** Lets one of each subject through a second, and counts the others. */
export class Throttle {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #windows = new Map<string, Window>();

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  /** How many were suppressed since the last one that was let through; `undefined` if this one is suppressed too. */
  admit(subject: string): number | undefined {
    const now = this.#clock.now();
    const window = this.#windows.get(subject);
    if (window === undefined) {
      this.#windows.set(subject, { begin: now, suppressed: 0 });
      return 0;
    }
    const elapsed = now - window.begin;
    // A clock that was set back must not silence anybody until it has caught up.
    if (elapsed >= 0 && elapsed < windowLength) {
      window.suppressed++;
      return undefined;
    }
    const { suppressed } = window;
    window.begin = now;
    window.suppressed = 0;
    return suppressed;
  }
}
