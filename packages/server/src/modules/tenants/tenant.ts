import type { Cache } from '@larder/cache';
import type { TenantGate } from '../limits/tenant-gate.js';
import type { StorageGuard } from '../storage/storage-guard.js';
import type { TenantLimits } from './tenant-limits.js';

/** What one tenant did through this process since it started. Plain numbers: the read path adds to them. */
export interface TenantCounters {
  hits: number;
  misses: number;
  writes: number;
  deletes: number;
}

/** What went over the wire for one tenant, through this process since it started. */
export interface TenantTraffic {
  /** As its limits count them: a batch is as many as it has operations. */
  requests: number;
  /** Of bodies. */
  bytesReceived: number;
  bytesSent: number;
}

/** Who a request acts for. It comes from the API key alone, never from anything else in the request. */
export interface Tenant {
  readonly id: string;
  /** Holds this tenant's entries and nobody else's. */
  readonly entries: Cache<Uint8Array>;
  /**
   * The same entries as the store has them at this moment, to decide by: what `entries` has in memory may be older than
   * what another process wrote. Not for writing.
   */
  readonly current: Pick<Cache<Uint8Array>, 'getEntry'>;
  readonly counters: TenantCounters;
  readonly traffic: TenantTraffic;
  /** What the records say; a change made elsewhere is here within seconds. */
  readonly limits: TenantLimits;
  /** What its requests pass; `undefined` where neither their rate nor their number is limited. */
  readonly gate: TenantGate | undefined;
  /** What it keeps is counted here; `undefined` where that is not limited. */
  readonly storage: StorageGuard | undefined;
  /** The life of what is written without one. */
  readonly defaultTtlSeconds: number;
}
