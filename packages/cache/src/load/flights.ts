import type { LoadReason } from '../contracts/events.js';
import { ClosedError, LoaderTimeoutError } from '../errors.js';
import { FewEntries } from '../tiers/few-entries.js';
import { Flight } from './flight.js';
import { LoadFailure } from './load-failure.js';
import type { LoadKit, LoadOutcome } from './load-layer.js';

/** The loads of one namespace that are under way: at most one a key that others may join. */
export class Flights {
  readonly #kit: LoadKit;
  readonly #underWay = new FewEntries<Flight<LoadOutcome>>();
  /** Those that others have taken the place of. */
  readonly #overtaken = new Set<Flight<LoadOutcome>>();

  /** The cache is closed: nobody would be left to end one. */
  areOver = false;

  constructor(kit: LoadKit) {
    this.#kit = kit;
    kit.closing.addEventListener('abort', () => {
      this.areOver = true;
      for (const flight of [...this.#underWay.values(), ...this.#overtaken]) flight.abort(new ClosedError());
    });
  }

  of(key: string): Flight<LoadOutcome> | undefined {
    return this.#underWay.get(key);
  }

  /** A flight of this key that may still be under way is overtaken by this one. */
  begin(key: string, reason: LoadReason): Flight<LoadOutcome> {
    const { tiers, clock, stampAt } = this.#kit;
    const before = this.#underWay.get(key);
    if (before !== undefined) {
      this.#overtaken.add(before);
      before.overtake();
    }
    const begunAt = clock.now();
    const flight = new Flight<LoadOutcome>(
      key,
      tiers.fence.begin(key),
      begunAt,
      stampAt(begunAt),
      tiers.generation,
      reason,
    );
    this.#underWay.set(key, flight);
    return flight;
  }

  /** Nobody joins it any more, and those who have get `outcome`. */
  succeed(flight: Flight<LoadOutcome>, outcome: LoadOutcome): void {
    this.#land(flight);
    this.#kit.backoff.succeeded(flight.key);
    flight.succeed(outcome);
  }

  fail(flight: Flight<LoadOutcome>, failure: unknown): void {
    this.#land(flight);
    if (isFailureOfSource(failure, flight)) this.#kit.backoff.failed(flight.key);
    flight.fail(failure);
  }

  /** The failure that ends the flight now. */
  failureOf(flight: Flight<LoadOutcome>, error: unknown): LoadFailure {
    return new LoadFailure(error, this.#kit.clock.now() - flight.begunAt, flight);
  }

  #land(flight: Flight<LoadOutcome>): void {
    flight.land();
    if (this.#underWay.get(flight.key) === flight) this.#underWay.delete(flight.key);
    else this.#overtaken.delete(flight);
  }
}

/** A load that was given up because nobody wanted it any more says nothing about the source. */
function isFailureOfSource(failure: unknown, flight: Flight<LoadOutcome>): boolean {
  if (!(failure instanceof LoadFailure)) return false;
  return !flight.isAborted || failure.error instanceof LoaderTimeoutError;
}
