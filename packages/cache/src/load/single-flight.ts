import { ClosedError, LoaderTimeoutError, RecursiveLoadError } from '../errors.js';
import type { Flight } from './flight.js';
import type { Flights } from './flights.js';
import { LoadFailure } from './load-failure.js';
import type { LoadFn, LoadKit, LoadLayer, LoadOutcome, LoadRequest } from './load-layer.js';
import { untilAborted } from './until-aborted.js';

/**
 * One load a key: those who come meanwhile share its outcome, and its failure. Nobody joins a load that began before
 * the key was written, deleted or invalidated; whoever comes then starts another, and the first one is not stored.
 */
export function singleFlight(flights: Flights): LoadLayer {
  return (next, kit) => joinOrLead(flights, next, kit);
}

function joinOrLead(flights: Flights, next: LoadFn, { tiers, clock }: LoadKit): LoadFn {
  function lead(request: LoadRequest, flight: Flight<LoadOutcome>): void {
    flight.whenAborted((reason) => flights.fail(flight, flights.failureOf(flight, reason)));
    next(ledBy(flight, request)).then(
      (outcome) => {
        // What a loader brings after its flight was given up comes to nothing.
        if (!flight.isAborted) flights.succeed(flight, outcome);
      },
      (failure) => {
        if (!flight.isAborted) flights.fail(flight, failure);
      },
    );
  }

  function mayJoin(request: LoadRequest, flight: Flight<LoadOutcome>): boolean {
    if (!flight.isJoinable || (request.reason === 'forced' && !flight.isForced)) return false;
    if (flight.generation === tiers.generation) return true;
    return tiers.invalidatedAt(flight.startedAt, request.options.details?.tags ?? []) === undefined;
  }

  /**
   * A loader may name its tags, and then only the end shows that one of them was invalidated meanwhile. Whoever joined
   * after any invalidation wants what is true since then.
   */
  async function join(request: LoadRequest, flight: Flight<LoadOutcome>): Promise<LoadOutcome> {
    const isLate = flight.generation !== tiers.generation;
    const outcome = await inTime(request, wait(request, flight));
    if (!isLate || outcome.overtakenAt === undefined) return outcome;
    // Whatever is under way now began after this caller came: also one who forces may share it.
    return load({ ...request, reason: 'miss' });
  }

  function wait({ key, options: { signal } }: LoadRequest, flight: Flight<LoadOutcome>): Promise<LoadOutcome> {
    if (flight.isCallingLoader) return Promise.reject(new RecursiveLoadError(key));
    flight.enter();
    return untilAborted(flight.outcome, signal, (reason) => flight.leave(reason));
  }

  /** The leader's hard timeout ends the load; whoever joins with a shorter one leaves at its own. */
  function inTime({ key, options, reason }: LoadRequest, waiting: Promise<LoadOutcome>): Promise<LoadOutcome> {
    const { hardTimeout } = options.manner;
    // The load itself has not failed, and is not told as failed.
    const unreported = { reason, claimReport: () => false };
    if (hardTimeout === Number.POSITIVE_INFINITY) return waiting;
    return new Promise((resolve, reject) => {
      const giveUp = () => reject(new LoadFailure(new LoaderTimeoutError(key, hardTimeout), hardTimeout, unreported));
      const cancel = clock.schedule(giveUp, hardTimeout);
      waiting.finally(cancel).then(resolve, reject);
    });
  }

  function load(request: LoadRequest): Promise<LoadOutcome> {
    const { signal } = request.options;
    // Its caller has left on the way here, while the store was asked.
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (flights.areOver) return Promise.reject(new ClosedError());
    const underWay = flights.of(request.key);
    if (underWay !== undefined && mayJoin(request, underWay)) return join(request, underWay);
    const flight = flights.begin(request.key, request.reason);
    const waiting = wait(request, flight);
    lead(request, flight);
    return waiting;
  }

  return load;
}

/** Written out: an object spread from another gets slow properties, and every miss comes by here. */
function ledBy(flight: Flight<LoadOutcome>, request: LoadRequest): LoadRequest {
  const { key, loader, options, reason, readAhead, cached, isOutdated = false } = request;
  return { key, loader, options, reason, readAhead, cached, isOutdated, flight };
}
