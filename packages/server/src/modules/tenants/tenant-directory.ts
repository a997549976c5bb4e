import type { Cache } from '@larder/cache';
import type { TenantGate } from '../limits/tenant-gate.js';
import type { StorageGuard } from '../storage/storage-guard.js';
import type { Tenant, TenantCounters, TenantTraffic } from './tenant.js';
import { noLimits, type TenantLimits } from './tenant-limits.js';
import type { TenantRecords } from './tenant-records.js';

/** The tenants that this process has dealt with. Each is one object for good, because its counters live in it. */
export interface TenantDirectory {
  /** The tenant as its record is now; `undefined` if there is none any more. */
  load(id: string): Promise<Tenant | undefined>;
  /** Those that were asked for so far. */
  known(): Iterable<Tenant>;
}

interface DirectoryParts {
  readonly records: Pick<TenantRecords, 'get'>;
  /** The parent of every tenant's namespace. */
  readonly entries: Cache;
  /** The same, read from the store. Default: `entries`, where these are never older. */
  readonly current?: Cache;
  /** For tenants that name none of their own. */
  readonly defaultTtlSeconds: number;
  readonly metering: TenantMetering;
}

export interface TenantMetering {
  /** From now on, what the tenant uses is written down. */
  follow(tenant: Tenant): void;
  /** What holds it to its limits, as they are now; `undefined` where it has none of that kind. */
  gateOf(tenant: Tenant): TenantGate | undefined;
  storageOf(tenant: Tenant): StorageGuard | undefined;
}

export function createTenantDirectory({
  records,
  entries,
  current,
  defaultTtlSeconds,
  metering,
}: DirectoryParts): TenantDirectory {
  const tenants = new Map<string, KnownTenant>();
  return {
    async load(id) {
      const record = await records.get(id);
      if (record === undefined) return undefined;
      const limits: TenantLimits = { ...noLimits, ...record.limits };
      let tenant = tenants.get(id);
      if (tenant === undefined) {
        tenant = new KnownTenant(
          id,
          entries.namespace<Uint8Array>(id, { ttl: 'never' }),
          current?.namespace<Uint8Array>(id),
        );
        tenants.set(id, tenant);
        metering.follow(tenant);
      }
      tenant.limits = limits;
      tenant.gate = metering.gateOf(tenant);
      tenant.storage = metering.storageOf(tenant);
      tenant.defaultTtlSeconds = limits.defaultTtl ?? defaultTtlSeconds;
      return tenant;
    },
    known: () => tenants.values(),
  };
}

class KnownTenant implements Tenant {
  readonly id: string;
  readonly entries: Cache<Uint8Array>;
  readonly current: Cache<Uint8Array>;
  readonly counters: TenantCounters = { hits: 0, misses: 0, writes: 0, deletes: 0 };
  readonly traffic: TenantTraffic = { requests: 0, bytesReceived: 0, bytesSent: 0 };
  limits = noLimits;
  gate: TenantGate | undefined;
  storage: StorageGuard | undefined;
  defaultTtlSeconds = 0;

  constructor(id: string, entries: Cache<Uint8Array>, current = entries) {
    this.id = id;
    this.entries = entries;
    this.current = current;
  }
}
