import type { Clock, Millis } from '../contracts/time.js';
import { backoffAfter } from '../policy/backoff.js';

interface Failures {
  readonly count: number;
  readonly retryAt: Millis;
}

/** A cache has few keys whose loads fail just now, or all of them: then it is enough to spare most. */
const keysRemembered = 10_000;

/** Which keys failed to load lately, and when each may be tried again while something stale can be served. */
export class LoadBackoff {
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #failures = new Map<string, Failures>();

  constructor(clock: Clock, random: () => number) {
    this.#clock = clock;
    this.#random = random;
  }

  mayTry(key: string): boolean {
    if (this.#failures.size === 0) return true;
    const failures = this.#failures.get(key);
    return failures === undefined || this.#clock.now() >= failures.retryAt;
  }

  failed(key: string): void {
    const count = (this.#failures.get(key)?.count ?? 0) + 1;
    this.#failures.delete(key);
    if (this.#failures.size >= keysRemembered) this.#forgetOldest();
    this.#failures.set(key, { count, retryAt: this.#clock.now() + backoffAfter(count, this.#random()) });
  }

  succeeded(key: string): void {
    if (this.#failures.size > 0) this.#failures.delete(key);
  }

  #forgetOldest(): void {
    for (const key of this.#failures.keys()) {
      this.#failures.delete(key);
      return;
    }
  }
}
