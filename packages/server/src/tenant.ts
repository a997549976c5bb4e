import type { Cache } from '@larder/cache';

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
}

export function createTenant(id: string, entries: Cache<Uint8Array>): Tenant {
  return { id, entries, counters: { hits: 0, misses: 0, writes: 0, deletes: 0 } };
}
