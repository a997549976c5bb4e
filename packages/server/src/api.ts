import type { OperationGroup } from './http/operation.js';
import * as apiKeys from './modules/admin/api-key-routes.js';
import * as tenants from './modules/admin/tenant-routes.js';
import { listAudit } from './modules/audit/routes.js';
import { runBatch } from './modules/batch/routes.js';
import * as entries from './modules/entries/operations.js';
import { getEvents } from './modules/events/routes.js';
import { getLivez, getReadyz } from './modules/health/routes.js';
import * as indexes from './modules/indexes/operations.js';
import { deleteKeys, listKeys } from './modules/keys/routes.js';
import { getLimits } from './modules/limits/routes.js';
import * as locks from './modules/locks/operations.js';
import { getDocs, getOpenApi } from './modules/openapi/routes.js';
import { getMetrics } from './modules/stats/metrics.js';
import { getStats } from './modules/stats/routes.js';
import { invalidateTags } from './modules/tags/routes.js';
import { getTenantUsage, getUsage } from './modules/usage/routes.js';
import * as webhooks from './modules/webhooks/routes.js';

/** All operations of the service, in the order in which the documents show them. A test compares it with the routes. */
export const api: readonly OperationGroup[] = [
  {
    name: 'Entries',
    operations: [
      entries.getEntry,
      entries.putEntry,
      entries.postEntry,
      entries.patchEntry,
      entries.deleteEntry,
      entries.entryExists,
      entries.incrementEntry,
    ],
  },
  { name: 'Batch', operations: [runBatch] },
  { name: 'Keys', operations: [listKeys, deleteKeys] },
  { name: 'Tags', operations: [invalidateTags] },
  { name: 'Indexes', operations: [indexes.listIndex, indexes.deleteByIndex] },
  { name: 'Locks', operations: [locks.takeLock, locks.extendLock, locks.releaseLock] },
  { name: 'Events', operations: [getEvents] },
  { name: 'Usage', operations: [getUsage, getStats, getLimits] },
  {
    name: 'Tenants',
    operations: [
      tenants.createTenant,
      tenants.listTenants,
      tenants.getTenant,
      tenants.changeTenant,
      tenants.deleteTenant,
      tenants.getTenantLimits,
      tenants.changeTenantLimits,
      tenants.flushTenant,
      getTenantUsage,
    ],
  },
  {
    name: 'API keys',
    operations: [apiKeys.createApiKey, apiKeys.listApiKeys, apiKeys.revokeApiKey, apiKeys.rotateApiKey],
  },
  {
    name: 'Webhooks',
    operations: [webhooks.createWebhook, webhooks.listWebhooks, webhooks.getWebhook, webhooks.deleteWebhook],
  },
  { name: 'Audit log', operations: [listAudit] },
  { name: 'The service', operations: [getLivez, getReadyz, getMetrics, getOpenApi, getDocs] },
];
