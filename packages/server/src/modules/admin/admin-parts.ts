import type { StoreAbilities } from '../../store-abilities.js';
import type { ApiKeyRecords } from '../api-keys/api-key-records.js';
import type { AuditLog } from '../audit/audit-log.js';
import type { TenantDirectory } from '../tenants/tenant-directory.js';
import type { TenantRecords } from '../tenants/tenant-records.js';
import type { Webhooks } from '../webhooks/webhooks.js';

/** What the admin API works on. */
export interface AdminParts {
  readonly abilities: StoreAbilities;
  readonly apiKeyRecords: ApiKeyRecords;
  readonly audit: AuditLog;
  readonly tenantRecords: TenantRecords;
  readonly tenants: TenantDirectory;
  readonly webhooks: Pick<Webhooks, 'removeOf'>;
}
