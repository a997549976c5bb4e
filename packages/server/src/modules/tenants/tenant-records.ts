import type { Cache, Millis } from '@larder/cache';
import { noLimits, type TenantLimits } from './tenant-limits.js';

/** What is kept of a tenant. */
export interface TenantRecord {
  readonly id: string;
  readonly name: string;
  readonly limits: TenantLimits;
  readonly createdAt: Millis;
}

export interface TenantPage {
  readonly tenants: readonly TenantRecord[];
  readonly cursor: string | undefined;
}

/** The tenants there are, in the control store. */
export interface TenantRecords {
  get(id: string): Promise<TenantRecord | undefined>;
  /** False if there is one with this id. */
  add(record: TenantRecord): Promise<boolean>;
  /** The record after the change; `undefined` if there is none. */
  update(
    id: string,
    change: { readonly name?: string; readonly limits?: Partial<TenantLimits> },
  ): Promise<TenantRecord | undefined>;
  delete(id: string): Promise<boolean>;
  page(cursor: string | undefined, limit: number): Promise<TenantPage>;
}

const prefix = 'tenant/';

export function createTenantRecords(control: Cache): TenantRecords {
  return {
    get: (id) => control.get<TenantRecord>(prefix + id),
    add: (record) => control.add(prefix + record.id, record, { ttl: 'never' }),
    update: (id, { name, limits }) =>
      control.update<TenantRecord>(prefix + id, (record) => ({
        ...record,
        name: name ?? record.name,
        limits: { ...noLimits, ...record.limits, ...limits },
      })),
    delete: (id) => control.delete(prefix + id),
    async page(cursor, limit) {
      const page = await control.keysPage({ prefix, cursor, limit });
      const records = await control.getMany<TenantRecord>(page.keys);
      return { tenants: [...records.values()], cursor: page.cursor };
    },
  };
}
