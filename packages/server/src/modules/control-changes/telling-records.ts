import type { ApiKeyRecords } from '../api-keys/api-key-records.js';
import type { TenantRecords } from '../tenants/tenant-records.js';
import type { ControlChanges } from './control-changes.js';

/** What is new needs no telling: nobody has read it before. */
export function tellApiKeyChanges(records: ApiKeyRecords, changes: Pick<ControlChanges, 'tell'>): ApiKeyRecords {
  return {
    ...records,
    async update(id, change) {
      const record = await records.update(id, change);
      await changes.tell({ apiKey: id });
      return record;
    },
    async delete(id) {
      const isDeleted = await records.delete(id);
      await changes.tell({ apiKey: id });
      return isDeleted;
    },
  };
}

export function tellTenantChanges(records: TenantRecords, changes: Pick<ControlChanges, 'tell'>): TenantRecords {
  return {
    ...records,
    async update(id, change) {
      const record = await records.update(id, change);
      await changes.tell({ tenant: id });
      return record;
    },
    async delete(id) {
      const isDeleted = await records.delete(id);
      await changes.tell({ tenant: id });
      return isDeleted;
    },
  };
}
