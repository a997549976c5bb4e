import type { Millis } from '@larder/cache';
import type { Tenant } from './tenant.js';
import type { TenantDirectory } from './tenant-directory.js';
import { noLimits } from './tenant-limits.js';
import type { TenantRecords } from './tenant-records.js';

/** Whom the first API key and the bootstrap key belong to. */
export const firstTenantId = 'default';

/** The tenant that is there without anybody having made it. Several processes may start at the same time. */
export async function firstTenant(records: TenantRecords, tenants: TenantDirectory, now: Millis): Promise<Tenant> {
  // Read first: what is full can still be started on.
  const known = await tenants.load(firstTenantId);
  if (known !== undefined) return known;
  await records.add({ id: firstTenantId, name: 'Default', limits: noLimits, createdAt: now });
  const tenant = await tenants.load(firstTenantId);
  if (tenant === undefined)
    throw new Error('The store lost the record of the first tenant right after it was written.');
  return tenant;
}
