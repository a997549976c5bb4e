import { ClosedError, LoaderTimeoutError } from '../errors.js';
import { Flight } from './flight.js';
import { LoadFailure } from './load-failure.js';
import type { LoadLayer, LoadOutcome, LoadRequest } from './load-layer.js';

/**
 * One load a key: those who come meanwhile share its outcome, and its failure. Nobody joins a load that began before
 * the key was written, deleted or invalidated; whoever comes then starts another, and the first one is not stored.
 */
export const singleFlight: LoadLayer = (next, { tiers, sharing, clock, stampAt, closing, backoff }) => {
  const flights = new Map<string, Flight<LoadOutcome>>();
  /** Those that others have taken the place of. */
  const overtaken = new Set<Flight<LoadOutcome>>();

  closing.addEventListener('abort', () => {
    for (const flight of [...flights.values(), ...overtaken]) flight.abort(new ClosedError());
  });

  function start(request: LoadRequest): Flight<LoadOutcome> {
    const { key } = request;
    const flight = new Flight<LoadOutcome>(tiers.fence.begin(key), request.reason === 'forced');
    flights.set(key, flight);
    flight.outcome = next({ ...request, flight }).then(
      (outcome) => {
        land(key, flight);
        backoff.succeeded(key);
        return outcome;
      },
      (failure) => {
        land(key, flight);
        if (isFailureOfSource(failure, flight)) backoff.failed(key);
        throw failure;
      },
    );
    return flight;
  }

  function land(key: string, flight: Flight<LoadOutcome>): void {
    flight.token.end();
    if (flights.get(key) === flight) flights.delete(key);
    else overtaken.delete(flight);
  }

  function forCaller(outcome: LoadOutcome): LoadOutcome {
    return outcome.isMutable ? { ...outcome, value: sharing.copyForReader(outcome.value) } : outcome;
  }

  /**
   * Which tags a load depends on can be known at its end only. Whoever joined it after one of them had been invalidated
   * wants what is true since then.
   */
  async function join(request: LoadRequest, flight: Flight<LoadOutcome>): Promise<LoadOutcome> {
    const joinedAt = stampAt(clock.now());
    const outcome = await wait(request, flight);
    const isOutdated = outcome.overtakenAt !== undefined && outcome.overtakenAt > 0 && outcome.overtakenAt < joinedAt;
    return isOutdated ? load(request) : forCaller(outcome);
  }

  function wait({ options: { signal } }: LoadRequest, flight: Flight<LoadOutcome>): Promise<LoadOutcome> {
    flight.enter();
    return signal === undefined ? flight.outcome : waitOrLeave(flight, signal);
  }

  function load(request: LoadRequest): Promise<LoadOutcome> {
    const underWay = flights.get(request.key);
    if (underWay === undefined) return wait(request, start(request)).then(forCaller);
    if (underWay.isJoinable && (request.reason !== 'forced' || underWay.isForced)) return join(request, underWay);
    overtaken.add(underWay);
    underWay.isOvertaken = true;
    return wait(request, start(request)).then(forCaller);
  }

  return load;
};

function waitOrLeave(flight: Flight<LoadOutcome>, signal: AbortSignal): Promise<LoadOutcome> {
  return new Promise((resolve, reject) => {
    const leave = () => {
      flight.leave(signal.reason);
      reject(signal.reason);
    };
    const stay = () => signal.removeEventListener('abort', leave);
    signal.addEventListener('abort', leave, { once: true });
    flight.outcome.finally(stay).then(resolve, reject);
  });
}

/** A load that was given up because nobody wanted it any more says nothing about the source. */
function isFailureOfSource(failure: unknown, flight: Flight): boolean {
  if (!(failure instanceof LoadFailure)) return false;
  return !flight.isAborted || failure.error instanceof LoaderTimeoutError;
}
