import { LoadFailure } from './load-failure.js';
import type { BackgroundLoads, LoadFn, LoadOutcome, LoadReport, LoadRequest } from './load-layer.js';

/** Loads that nobody waits for. Their facts are reported all the same, and `close()` waits for them. */
export class Refreshes implements BackgroundLoads {
  readonly #report: LoadReport;
  readonly #background: (work: Promise<unknown>) => void;
  readonly #underWay = new Set<string>();

  constructor(report: LoadReport, background: (work: Promise<unknown>) => void) {
    this.#report = report;
    this.#background = background;
  }

  start(load: LoadFn, request: LoadRequest, reason: 'stale' | 'early'): void {
    const { key, options } = request;
    if (this.#underWay.has(key)) return;
    this.#underWay.add(key);
    this.#report.refresh(key, reason);
    // Whoever asked has its answer: taking leave ends nothing.
    const unattended = { ...request, reason, options: { ...options, signal: undefined } };
    this.follow(
      unattended,
      load(unattended).finally(() => this.#underWay.delete(key)),
    );
  }

  follow(request: LoadRequest, load: Promise<LoadOutcome>): void {
    this.#background(
      load.then(
        (outcome) => reportLoad(this.#report, request, outcome),
        (failure) => reportFailure(this.#report, request, failure),
      ),
    );
  }
}

export function reportLoad(report: LoadReport, { key, reason }: LoadRequest, outcome: LoadOutcome): void {
  if (outcome.loaded === undefined || outcome.flight?.claimReport() === false) return;
  report.load(key, outcome.flight?.reason ?? reason, outcome.loaded.millis, outcome.freshUntil);
  if (outcome.overtakenAt !== undefined) report.loadOvertaken(key);
}

export function reportFailure(report: LoadReport, { key, reason }: LoadRequest, failure: unknown): void {
  if (failure instanceof LoadFailure && failure.claimReport())
    report.loadError(key, failure.reason ?? reason, failure.millis, failure.error);
}
