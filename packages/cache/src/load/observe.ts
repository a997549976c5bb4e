import { LoadFailure } from './load-failure.js';
import type { LoadLayer, LoadOutcome, LoadRequest } from './load-layer.js';
import { reportFailure, reportLoad } from './refreshes.js';

/** Reports the facts of every request, and hands out the loader's own error. */
export const observe: LoadLayer = (next, { report }) => {
  function succeed(request: LoadRequest, outcome: LoadOutcome): LoadOutcome {
    const { key } = request;
    const { entry, from, stale, failure } = outcome;
    if (from === 'loader' || entry === undefined) report.miss(key);
    else report.hit(key, from, entry, stale === undefined ? 'fresh' : 'stale');
    if (stale !== undefined) report.staleServed(key, stale);
    if (failure !== undefined) reportFailure(report, request, failure);
    reportLoad(report, request, outcome);
    return outcome;
  }

  function fail(request: LoadRequest, thrown: unknown): never {
    report.miss(request.key);
    reportFailure(report, request, thrown);
    throw thrown instanceof LoadFailure ? thrown.error : thrown;
  }

  return (request) =>
    next(request).then(
      (outcome) => succeed(request, outcome),
      (thrown) => fail(request, thrown),
    );
};
