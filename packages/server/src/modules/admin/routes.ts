import type { FastifyInstance } from 'fastify';
import type { Service } from '../../service.js';
import { auditRoutes } from '../audit/routes.js';
import type { AdminParts } from './admin-parts.js';
import { apiKeyRoutes } from './api-key-routes.js';
import { tenantRoutes } from './tenant-routes.js';

/** `/admin/v1`: for API keys with the scope `admin`, over all tenants. */
export function adminRoutes(app: FastifyInstance, service: Service, parts: AdminParts): void {
  tenantRoutes(app, service, parts);
  apiKeyRoutes(app, service, parts);
  auditRoutes(app, service, parts.audit);
}
