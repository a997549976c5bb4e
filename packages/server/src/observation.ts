import type { KeyTypeRule } from './modules/stats/key-types.js';
import type { Tracing } from './modules/traces/open-tracing.js';

/** What is told of the service's work besides its answers. */
export interface Observation {
  /** A line at level info for each answer. */
  readonly accessLog: boolean;
  readonly keyTypes: readonly KeyTypeRule[];
  /** Whether labels of metrics may name tenants. */
  readonly tenantLabels: boolean;
  readonly tracing: Tracing | undefined;
  /** Milliseconds by a clock that never steps. */
  readonly stopwatch: () => number;
}

export const defaultObservation: Observation = Object.freeze({
  accessLog: false,
  keyTypes: [],
  tenantLabels: false,
  tracing: undefined,
  stopwatch: () => performance.now(),
});
