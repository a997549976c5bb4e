import { ClosedError, LoaderTimeoutError, RecursiveLoadError } from '../errors.js';
import { FewEntries } from '../tiers/few-entries.js';
import { Flight } from './flight.js';
import { LoadFailure } from './load-failure.js';
import type { LoadLayer, LoadOutcome, LoadRequest } from './load-layer.js';
import { untilAborted } from './until-aborted.js';

/**
 * One load a key: those who come meanwhile share its outcome, and its failure. Nobody joins a load that began before
 * the key was written, deleted or invalidated; whoever comes then starts another, and the first one is not stored.
 */
export const singleFlight: LoadLayer = (next, { tiers, clock, stampAt, closing, backoff }) => {
  const flights = new FewEntries<Flight<LoadOutcome>>();
  /** Those that others have taken the place of. */
  const overtaken = new Set<Flight<LoadOutcome>>();

  closing.addEventListener('abort', () => {
    for (const flight of [...flights.values(), ...overtaken]) flight.abort(new ClosedError());
  });

  function start(request: LoadRequest): Flight<LoadOutcome> {
    const { key } = request;
    const begunAt = clock.now();
    const flight = new Flight<LoadOutcome>({
      token: tiers.fence.begin(key),
      begunAt,
      startedAt: stampAt(begunAt),
      generation: tiers.generation,
      reason: request.reason,
    });
    flights.set(key, flight);
    flight.outcome = new Promise((resolve, reject) => {
      // Those who wait do not depend on whether the loader listens: what it brings after that comes to nothing.
      flight.whenAborted((reason) => fail(key, flight, new LoadFailure(reason, clock.now() - begunAt, flight), reject));
      next(ledBy(flight, request)).then(
        (outcome) => {
          if (flight.isAborted) return;
          land(key, flight);
          backoff.succeeded(key);
          resolve(outcome);
        },
        (failure) => {
          if (!flight.isAborted) fail(key, flight, failure, reject);
        },
      );
    });
    return flight;
  }

  function fail(key: string, flight: Flight<LoadOutcome>, failure: unknown, reject: (failure: unknown) => void): void {
    land(key, flight);
    if (isFailureOfSource(failure, flight)) backoff.failed(key);
    reject(failure);
  }

  function land(key: string, flight: Flight<LoadOutcome>): void {
    flight.land();
    if (flights.get(key) === flight) flights.delete(key);
    else overtaken.delete(flight);
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
    if (flight.outcome === undefined || flight.isCallingLoader) return Promise.reject(new RecursiveLoadError(key));
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
    // Nobody would be left to end it.
    if (closing.aborted) return Promise.reject(new ClosedError());
    const underWay = flights.get(request.key);
    if (underWay === undefined) return wait(request, start(request));
    if (mayJoin(request, underWay)) return join(request, underWay);
    overtaken.add(underWay);
    underWay.overtake();
    return wait(request, start(request));
  }

  return load;
};

/** Written out: an object spread from another gets slow properties, and every miss comes by here. */
function ledBy(flight: Flight<LoadOutcome>, request: LoadRequest): LoadRequest {
  const { key, loader, options, reason, readAhead, cached, isOutdated = false } = request;
  return { key, loader, options, reason, readAhead, cached, isOutdated, flight };
}

/** A load that was given up because nobody wanted it any more says nothing about the source. */
function isFailureOfSource(failure: unknown, flight: Flight): boolean {
  if (!(failure instanceof LoadFailure)) return false;
  return !flight.isAborted || failure.error instanceof LoaderTimeoutError;
}
