import type { SharingMode } from '../tiers/value-sharing.js';
import { LoadFailure } from './load-failure.js';
import type { LoadFn, LoadKit, LoadOutcome, LoadReport, LoadRequest } from './load-layer.js';
import { reportFailure, reportLoad } from './refreshes.js';

/**
 * The outermost layer, and the only one whose answer is no outcome: reports the facts of every request, and hands out
 * its value, to each caller a copy where that is needed, or the loader's own error.
 */
export function observe(next: LoadFn, observer: Observer): (request: LoadRequest) => Promise<unknown> {
  return (request) =>
    next(request).then(
      (outcome) => observer.succeed(request, outcome),
      (thrown) => {
        throw observer.fail(request, thrown);
      },
    );
}

/** What a request came to, reported. */
export class Observer {
  readonly #report: LoadReport;
  readonly #sharing: SharingMode;

  constructor({ report, sharing }: LoadKit) {
    this.#report = report;
    this.#sharing = sharing;
  }

  /** Answers the value for this caller. */
  succeed(request: LoadRequest, outcome: LoadOutcome): unknown {
    const { key } = request;
    const { entry, from, stale, failure } = outcome;
    const report = this.#report;
    if (from === 'loader' || entry === undefined) report.miss(key);
    else report.hit(key, from, entry, stale === undefined ? 'fresh' : 'stale');
    if (stale !== undefined) report.staleServed(key, stale);
    if (failure !== undefined) reportFailure(report, request, failure);
    reportLoad(report, request, outcome);
    return outcome.isMutable ? this.#sharing.copyForReader(outcome.value) : outcome.value;
  }

  /** Answers the error for this caller. */
  fail(request: LoadRequest, thrown: unknown): unknown {
    this.#report.miss(request.key);
    reportFailure(this.#report, request, thrown);
    return thrown instanceof LoadFailure ? thrown.error : thrown;
  }
}
