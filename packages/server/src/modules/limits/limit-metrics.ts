import type { Metric } from '../stats/metrics.js';
import type { Refusal } from './tenant-gate.js';

export type RefusalReason = Refusal['reason'] | 'storage';

/** What the limiters of this process did since it started. */
export class LimitCounts {
  fallbacks = 0;
  readonly #refusals: Record<RefusalReason, number> = { burst: 0, daily: 0, concurrency: 0, storage: 0 };

  refused(reason: RefusalReason): void {
    this.#refusals[reason]++;
  }

  metrics(): readonly Metric[] {
    const refusals = Object.entries(this.#refusals);
    return [
      {
        name: 'larder_limiter_denials_total',
        help: 'Requests refused because of a limit of their tenant.',
        samples: refusals.map(([policy, value]) => ({ labels: `{policy="${policy}"}`, value })),
      },
      {
        name: 'larder_limiter_fallbacks_total',
        help: 'Times a limiter went by itself because the shared counters did not answer.',
        samples: [{ labels: '', value: this.fallbacks }],
      },
    ];
  }
}
