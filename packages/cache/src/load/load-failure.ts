import type { Millis } from '../contracts/time.js';
import type { Flight } from './flight.js';

/** The failure of a loader on its way through the layers: told apart from failures of the cache itself. */
export class LoadFailure {
  /** What the loader threw: what every caller gets. */
  readonly error: unknown;
  readonly millis: Millis;
  readonly #flight: Flight | undefined;

  constructor(error: unknown, millis: Millis, flight: Flight | undefined) {
    this.error = error;
    this.millis = millis;
    this.#flight = flight;
  }

  /** True once: whoever comes first of those who share the failure reports it. */
  claimReport(): boolean {
    return this.#flight?.claimReport() ?? true;
  }
}
