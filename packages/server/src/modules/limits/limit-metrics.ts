import { counter, type Metric } from '../stats/prometheus-text.js';
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
      counter(
        'larder_limiter_denials_total',
        'Requests refused because of a limit of their tenant.',
        refusals.map(([policy, value]) => ({ labels: { policy }, value })),
      ),
      counter(
        'larder_limiter_fallbacks_total',
        'Times a limiter went by itself because the shared counters did not answer.',
        this.fallbacks,
      ),
    ];
  }
}
