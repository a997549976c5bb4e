import type { LoadReason } from '../contracts/events.js';
import type { Millis } from '../contracts/time.js';
import type { Flight } from './flight.js';

/** Who shares the failure: a {@link Flight}, as a rule. */
type Reported = Pick<Flight, 'claimReport' | 'reason'>;

/** The failure of a loader on its way through the layers: told apart from failures of the cache itself. */
export class LoadFailure {
  /** What the loader threw: what every caller gets. */
  readonly error: unknown;
  readonly millis: Millis;
  readonly #flight: Reported | undefined;

  constructor(error: unknown, millis: Millis, flight: Reported | undefined) {
    this.error = error;
    this.millis = millis;
    this.#flight = flight;
  }

  /** Why it was loaded. */
  get reason(): LoadReason | undefined {
    return this.#flight?.reason;
  }

  /** True once: whoever comes first of those who share the failure reports it. */
  claimReport(): boolean {
    return this.#flight?.claimReport() ?? true;
  }
}
