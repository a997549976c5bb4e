import type { StoreReport, TierResult } from '../contracts/tier.js';

/** The one place where the failure of a store becomes a miss, a dropped write, or an error. */
export class StoreOutcomes {
  readonly #onStoreError: 'degrade' | 'throw';
  readonly #report: StoreReport;

  constructor(onStoreError: 'degrade' | 'throw', report: StoreReport) {
    this.#onStoreError = onStoreError;
    this.#report = report;
  }

  /** For reads. */
  orDegrade<T, Fallback>(operation: string, result: TierResult<T>, fallback: () => Fallback): T | Fallback {
    if (result.ok) return result.value;
    this.#report.storeError(operation, result.error);
    if (this.#onStoreError === 'degrade') return fallback();
    throw result.error;
  }

  /** For plain writes. */
  orDropped<T, Fallback>(
    operation: string,
    keys: readonly string[],
    result: TierResult<T>,
    fallback: () => Fallback,
  ): T | Fallback {
    if (!result.ok) this.#report.writeDropped(operation, keys);
    return this.orDegrade(operation, result, fallback);
  }

  /** For calls that promise the truth: they reject, whatever the option says. */
  orThrow<T>(operation: string, result: TierResult<T>): T {
    if (result.ok) return result.value;
    this.#report.storeError(operation, result.error);
    throw result.error;
  }
}
