import type { CircuitState } from '../contracts/events.js';
import type { Millis } from '../contracts/time.js';

/** The breaker that never opens is the one with no limit. */
export interface CircuitBreakerParts {
  readonly failures: number;
  readonly pause: Millis;
  readonly changed: (state: CircuitState) => void;
}

/**
 * Stops calling a store that keeps failing, so that nobody waits for it: after so many failures in a row all calls are
 * refused for a while; then a single one is let through, and its outcome decides (Nygard, "Release It!").
 */
export class CircuitBreaker {
  readonly #parts: CircuitBreakerParts;
  #state: CircuitState = 'closed';
  #failures = 0;
  #probeAt: Millis = 0;

  constructor(parts: CircuitBreakerParts) {
    this.#parts = parts;
  }

  /** Has the store answered the last call that was made to it? */
  get isAnswering(): boolean {
    return this.#failures === 0;
  }

  /** May a call be made now? Whoever is told so must report its end, or withdraw. */
  admits(now: Millis): boolean {
    const isAdmitted = this.wouldAdmit(now);
    if (isAdmitted && this.#state === 'open') this.#become('half-open');
    return isAdmitted;
  }

  /** As {@link CircuitBreaker.admits}, of somebody who makes no call yet. */
  wouldAdmit(now: Millis): boolean {
    return this.#state === 'closed' || (this.#state === 'open' && now >= this.#probeAt);
  }

  /** May it be asked whether it is there, beside the calls that are admitted? Nobody needs to report how that failed. */
  mayBeProbed(now: Millis): boolean {
    return this.#state === 'closed' || (this.#state === 'open' && now >= this.#probeAt);
  }

  /** The call that was let through came to nothing: the next one is the probe. */
  withdrawn(): void {
    if (this.#state === 'half-open') this.#become('open');
  }

  succeeded(): void {
    this.#failures = 0;
    // A call that was made before the breaker opened proves as much as a probe.
    if (this.#state !== 'closed') this.#become('closed');
  }

  failed(now: Millis): void {
    this.#failures++;
    if (this.#state === 'closed' && this.#failures < this.#parts.failures) return;
    this.#probeAt = now + this.#parts.pause;
    if (this.#state !== 'open') this.#become('open');
  }

  #become(state: CircuitState): void {
    this.#state = state;
    this.#parts.changed(state);
  }
}
