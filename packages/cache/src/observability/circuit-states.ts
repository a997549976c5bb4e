import type { CacheEventOf, CircuitState } from '../contracts/events.js';

const numbers: Readonly<Record<CircuitState, number>> = { closed: 0, 'half-open': 1, open: 2 };

/** A number that rises with the trouble. Nothing is known of a breaker before it first changes its state. */
export const circuitHelp =
  'The circuit breaker before the store: 0 closed, 1 half-open, 2 open. Absent until it first opens.';

/** The state of the circuit breaker before each store. */
export class CircuitStates {
  readonly #states = new Map<string, number>();

  readonly listener = ({ store, state }: CacheEventOf<'circuit'>): void => {
    this.#states.set(store, numbers[state]);
  };

  read(): Iterable<readonly [store: string, state: number]> {
    return this.#states;
  }
}
