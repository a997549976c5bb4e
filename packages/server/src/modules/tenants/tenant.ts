import type { Cache } from '@larder/cache';
import type { TenantLimits } from './tenant-limits.js';

/** What one tenant did through this process since it started. Plain numbers: the read path adds to them. */
export interface TenantCounters {
  hits: number;
  misses: number;
  writes: number;
  deletes: number;
}

/** Who a request acts for. It comes from the API key alone, never from anything else in the request. */
export interface Tenant {
  readonly id: string;
  /** Holds this tenant's entries and nobody else's. */
  readonly entries: Cache<Uint8Array>;
  readonly counters: TenantCounters;
  /** What the records say; a change made elsewhere is here within seconds. */
  readonly limits: TenantLimits;
  /** The life of what is written without one. */
  readonly defaultTtlSeconds: number;
}
