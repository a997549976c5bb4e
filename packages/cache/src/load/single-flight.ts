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
    const flight = new Flight<LoadOutcome>({
      token: tiers.fence.begin(key),
      startedAt: stampAt(clock.now()),
      generation: tiers.generation,
      isForced: request.reason === 'forced',
    });
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
    flight.land();
    if (flights.get(key) === flight) flights.delete(key);
    else overtaken.delete(flight);
  }

  function forCaller(outcome: LoadOutcome): LoadOutcome {
    return outcome.isMutable ? { ...outcome, value: sharing.copyForReader(outcome.value) } : outcome;
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
    const outcome = await wait(request, flight);
    return isLate && outcome.overtakenAt !== undefined ? load(request) : forCaller(outcome);
  }

  function wait({ options: { signal } }: LoadRequest, flight: Flight<LoadOutcome>): Promise<LoadOutcome> {
    flight.enter();
    return signal === undefined ? flight.outcome : waitOrLeave(flight, signal);
  }

  function load(request: LoadRequest): Promise<LoadOutcome> {
    const underWay = flights.get(request.key);
    if (underWay === undefined) return wait(request, start(request)).then(forCaller);
    if (mayJoin(request, underWay)) return join(request, underWay);
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
