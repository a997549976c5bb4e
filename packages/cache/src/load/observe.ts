import { LoadFailure } from './load-failure.js';
import type { LoadFn, LoadKit, LoadOutcome, LoadRequest } from './load-layer.js';
import { reportFailure, reportLoad } from './refreshes.js';

/**
 * The outermost layer, and the only one whose answer is no outcome: reports the facts of every request, and hands out
 * its value, to each caller a copy where that is needed, or the loader's own error.
 */
export function observe(next: LoadFn, { report, sharing }: LoadKit): (request: LoadRequest) => Promise<unknown> {
  function succeed(request: LoadRequest, outcome: LoadOutcome): unknown {
    const { key } = request;
    const { entry, from, stale, failure } = outcome;
    if (from === 'loader' || entry === undefined) report.miss(key);
    else report.hit(key, from, entry, stale === undefined ? 'fresh' : 'stale');
    if (stale !== undefined) report.staleServed(key, stale);
    if (failure !== undefined) reportFailure(report, request, failure);
    reportLoad(report, request, outcome);
    return outcome.isMutable ? sharing.copyForReader(outcome.value) : outcome.value;
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
}
