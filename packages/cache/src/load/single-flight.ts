import { ClosedError, LoaderTimeoutError } from '../errors.js';
import { Flight } from './flight.js';
import { LoadFailure } from './load-failure.js';
import type { LoadLayer, LoadOutcome, LoadRequest } from './load-layer.js';

/**
 * One load a key: those who come meanwhile share its outcome, and its failure. Nobody joins a load that began before
 * the key was written, deleted or invalidated; whoever comes then starts another, and the first one is not stored.
 */
export const singleFlight: LoadLayer = (next, { tiers, sharing, closing, backoff }) => {
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

  function flightFor(request: LoadRequest): Flight<LoadOutcome> {
    const underWay = flights.get(request.key);
    if (underWay === undefined) return start(request);
    if (underWay.isJoinable && (request.reason !== 'forced' || underWay.isForced)) return underWay;
    overtaken.add(underWay);
    underWay.isOvertaken = true;
    return start(request);
  }

  function forCaller(outcome: LoadOutcome): LoadOutcome {
    return outcome.isMutable ? { ...outcome, value: sharing.copyForReader(outcome.value) } : outcome;
  }

  return (request) => {
    const flight = flightFor(request);
    const { signal } = request.options;
    flight.enter();
    return (signal === undefined ? flight.outcome : waitOrLeave(flight, signal)).then(forCaller);
  };
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
