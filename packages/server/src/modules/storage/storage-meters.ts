import type { Cache } from '@larder/cache';
import { Problem } from '../../http/problem.js';
import type { ServiceClock } from '../../service.js';
import type { Tenant } from '../tenants/tenant.js';
import type { TenantLimits } from '../tenants/tenant-limits.js';
import { StorageMeter } from './storage-meter.js';
import { createStorageRecords } from './storage-records.js';

/** What the tenants keep, counted where it is limited and where somebody asks. */
export interface StorageMeters {
  /** The meter of a tenant that is limited in what it keeps. */
  meterOf(tenant: Tenant): StorageMeter | undefined;
  /** Of any tenant; `undefined` where the store cannot list its keys. */
  anyMeterOf(tenant: Tenant): StorageMeter | undefined;
  /** Tells the other processes what was written here. Never rejects. */
  tell(): Promise<void>;
}

interface StorageMetersParts {
  readonly shared: Cache;
  readonly clock: ServiceClock;
  readonly canList: boolean;
  readonly onRefusal: (tenant: Tenant) => void;
  readonly onError: (error: unknown) => void;
}

export function createStorageMeters({ canList, onRefusal, ...parts }: StorageMetersParts): StorageMeters {
  const records = createStorageRecords(parts.shared);
  const meters = new Map<Tenant, StorageMeter>();

  function anyMeterOf(tenant: Tenant): StorageMeter | undefined {
    if (!canList) return undefined;
    let meter = meters.get(tenant);
    if (meter === undefined) {
      meter = new StorageMeter({ ...parts, tenant, records, onRefusal: () => onRefusal(tenant) });
      meters.set(tenant, meter);
    }
    return meter;
  }

  return {
    anyMeterOf,
    meterOf: (tenant) => (isLimited(tenant.limits) ? anyMeterOf(tenant) : undefined),
    async tell() {
      for (const meter of meters.values()) await meter.tell();
    },
  };
}

/** @throws Problem `unsupported_by_store` if these limits need what the store cannot do */
export function requireCountable(limits: Partial<TenantLimits> | undefined, canList: boolean): void {
  if (canList || limits === undefined || !isLimited(limits)) return;
  throw new Problem(
    'unsupported_by_store',
    'The store behind this service cannot list its keys, so that nobody can count what a tenant keeps. Leave out ' +
      'storedBytes and entries.',
  );
}

function isLimited({ storedBytes, entries }: Partial<TenantLimits>): boolean {
  return (storedBytes ?? null) !== null || (entries ?? null) !== null;
}
