import type { LoadLayer, LoadOutcome } from './load-layer.js';

/** One request per key runs; those that come meanwhile share its outcome, and its failure. */
export const singleFlight: LoadLayer = (next, { sharing }) => {
  const flights = new Map<string, Promise<LoadOutcome>>();

  const forCaller = (outcome: LoadOutcome): LoadOutcome =>
    outcome.isMutable ? { ...outcome, value: sharing.copyForReader(outcome.value) } : outcome;

  return async (request) => {
    const { key } = request;
    const underWay = flights.get(key);
    if (underWay !== undefined) {
      const { loaded: _theirs, ...shared } = forCaller(await underWay);
      return shared;
    }
    const flight = next(request);
    flights.set(key, flight);
    try {
      return forCaller(await flight);
    } finally {
      flights.delete(key);
    }
  };
};
