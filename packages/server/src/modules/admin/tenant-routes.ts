import type { FastifyInstance, FastifyRequest } from 'fastify';
import { jsonBody } from '../../http/body.js';
import { bodySchema, closedObject } from '../../http/body-schema.js';
import { timeSchema } from '../../http/common-parameters.js';
import { jsonMediaType } from '../../http/media-type.js';
import { type Operation, serve } from '../../http/operation.js';
import { Problem } from '../../http/problem.js';
import { targetOf } from '../../http/routed-request.js';
import type { Service } from '../../service.js';
import { audited } from '../audit/audited.js';
import { requireCountable } from '../storage/storage-meters.js';
import { firstTenantId } from '../tenants/first-tenant.js';
import { checkedTenantId } from '../tenants/tenant-id.js';
import { allLimitsSchema, noLimits, type TenantLimits, tenantLimitsSchema } from '../tenants/tenant-limits.js';
import type { TenantRecord } from '../tenants/tenant-records.js';
import type { AdminParts } from './admin-parts.js';
import { pageOf, pageQuery, pageSchema } from './pages.js';

interface NewTenant {
  readonly id: string;
  readonly name?: string;
  readonly limits?: Partial<TenantLimits>;
}

const name = { type: 'string', minLength: 1, maxLength: 200 };

const newTenant = bodySchema<NewTenant>({
  type: 'object',
  additionalProperties: false,
  required: ['id'],
  properties: { id: { type: 'string', minLength: 1, maxLength: 64 }, name, limits: tenantLimitsSchema },
});

const tenantChange = bodySchema<Omit<NewTenant, 'id'>>({
  type: 'object',
  additionalProperties: false,
  minProperties: 1,
  properties: { name, limits: tenantLimitsSchema },
});

const flushConfirmation = bodySchema<{ readonly confirm: string }>({
  type: 'object',
  additionalProperties: false,
  required: ['confirm'],
  properties: { confirm: { type: 'string', description: 'The id of the tenant.' } },
});

const tenantSchema = closedObject({
  id: { type: 'string' },
  name: { type: 'string' },
  limits: allLimitsSchema,
  createdAt: timeSchema,
});

const limitsChange = bodySchema<Partial<TenantLimits>>(tenantLimitsSchema);

export const createTenant: Operation = {
  id: 'createTenant',
  method: 'POST',
  route: 'tenants',
  summary: 'Makes a tenant',
  scope: 'admin',
  body: { content: { [jsonMediaType]: newTenant.schema }, isRequired: true },
  answers: { 201: { description: 'Made', content: { [jsonMediaType]: tenantSchema } } },
  problems: ['invalid_body', 'tenant_exists', 'unsupported_by_store', 'storage_quota'],
  isRepeatable: true,
};

export const listTenants: Operation = {
  id: 'listTenants',
  method: 'GET',
  route: 'tenants',
  summary: 'The tenants, a page at a time',
  scope: 'admin',
  query: pageQuery,
  answers: { 200: { description: 'A page of tenants', content: { [jsonMediaType]: pageSchema(tenantSchema) } } },
  problems: ['unsupported_by_store'],
};

export const getTenant: Operation = {
  id: 'getTenant',
  method: 'GET',
  route: 'tenant',
  summary: 'One tenant',
  scope: 'admin',
  answers: { 200: { description: 'The tenant', content: { [jsonMediaType]: tenantSchema } } },
  problems: ['tenant_not_found'],
};

export const changeTenant: Operation = {
  id: 'changeTenant',
  method: 'PATCH',
  route: 'tenant',
  summary: 'Changes the name or the limits of a tenant',
  scope: 'admin',
  body: { content: { [jsonMediaType]: tenantChange.schema }, isRequired: true },
  answers: { 200: { description: 'Changed', content: { [jsonMediaType]: tenantSchema } } },
  problems: ['invalid_body', 'tenant_not_found', 'unsupported_by_store', 'storage_quota'],
};

export const deleteTenant: Operation = {
  id: 'deleteTenant',
  method: 'DELETE',
  route: 'tenant',
  summary: 'Removes a tenant, its API keys and its entries',
  scope: 'admin',
  answers: { 204: { description: 'Removed' } },
  problems: ['tenant_not_found', 'unsupported_by_store', 'storage_quota'],
};

export const getTenantLimits: Operation = {
  id: 'getTenantLimits',
  method: 'GET',
  route: 'tenantLimits',
  summary: 'The limits of a tenant',
  scope: 'admin',
  answers: { 200: { description: 'The limits', content: { [jsonMediaType]: allLimitsSchema } } },
  problems: ['tenant_not_found'],
};

export const changeTenantLimits: Operation = {
  id: 'changeTenantLimits',
  method: 'PATCH',
  route: 'tenantLimits',
  summary: 'Changes the limits that are named, and leaves the others',
  scope: 'admin',
  body: { content: { [jsonMediaType]: limitsChange.schema }, isRequired: true },
  answers: { 200: { description: 'All limits of the tenant', content: { [jsonMediaType]: allLimitsSchema } } },
  problems: ['invalid_body', 'tenant_not_found', 'unsupported_by_store', 'storage_quota'],
};

export const flushTenant: Operation = {
  id: 'flushTenant',
  method: 'POST',
  route: 'tenantFlush',
  summary: 'Removes all entries of a tenant',
  scope: 'admin',
  body: { content: { [jsonMediaType]: flushConfirmation.schema }, isRequired: true },
  answers: { 204: { description: 'None of them is there any more' } },
  problems: ['invalid_body', 'tenant_not_found', 'storage_quota'],
};

/** `/admin/v1/tenants` and what is below it, but for the API keys. */
export function tenantRoutes(app: FastifyInstance, { answers, clock }: Service, parts: AdminParts): void {
  const { abilities, apiKeyRecords, audit, tenantRecords, tenants, webhooks } = parts;

  serve(app, createTenant, async (request, reply) => {
    const { id, name = '', limits } = newTenant.read(jsonBody(request).value);
    requireCountable(limits, abilities.list);
    const all = { ...noLimits, ...limits };
    const record: TenantRecord = { id: checkedTenantId(id), name, limits: all, createdAt: clock.now() };
    await audited(audit, request, 'tenant.create', { tenant: record.id }, async () => {
      if (!(await tenantRecords.add(record))) throw new Problem('tenant_exists', 'There is a tenant with this id.');
    });
    answers.json(reply, 201, tenantDocument(record));
  });

  serve(app, listTenants, async (request, reply) => {
    const { cursor, limit } = pageOf(request);
    const page = await tenantRecords.page(cursor, limit);
    answers.json(reply, 200, { data: page.tenants.map(tenantDocument), nextCursor: page.cursor ?? null });
  });

  serve(app, getTenant, async (request, reply) => {
    answers.json(reply, 200, tenantDocument(found(await tenantRecords.get(tenantIn(request)))));
  });

  serve(app, changeTenant, async (request, reply) => {
    const change = tenantChange.read(jsonBody(request).value);
    requireCountable(change.limits, abilities.list);
    const id = tenantIn(request);
    const record = await audited(audit, request, 'tenant.change', { tenant: id }, async () =>
      found(await tenantRecords.update(id, change)),
    );
    await tenants.load(record.id);
    answers.json(reply, 200, tenantDocument(record));
  });

  serve(app, deleteTenant, async (request, reply) => {
    const id = tenantIn(request);
    if (id === firstTenantId) throw new Problem('invalid_request', 'This tenant is made anew at each start.');
    const tenant = found(await tenants.load(id));
    await audited(audit, request, 'tenant.remove', { tenant: id }, async () => {
      // Its keys first: nobody writes to it any more when it is emptied.
      for (const key of await apiKeyRecords.ofTenant(id)) await apiKeyRecords.delete(key.id);
      await webhooks.removeOf(id);
      // Before its record: where this fails, the tenant is there to be removed once more.
      await tenant.entries.clear();
      await tenantRecords.delete(id);
      // What was under way when its keys were revoked.
      await tenant.entries.clear();
    });
    answers.send(reply, 204, []);
  });

  serve(app, getTenantLimits, async (request, reply) => {
    answers.json(reply, 200, { ...noLimits, ...found(await tenantRecords.get(tenantIn(request))).limits });
  });

  serve(app, changeTenantLimits, async (request, reply) => {
    const id = tenantIn(request);
    const limits = limitsChange.read(jsonBody(request).value);
    requireCountable(limits, abilities.list);
    const record = await audited(audit, request, 'tenant.limits', { tenant: id }, async () =>
      found(await tenantRecords.update(id, { limits })),
    );
    await tenants.load(id);
    answers.json(reply, 200, record.limits);
  });

  serve(app, flushTenant, async (request, reply) => {
    const id = tenantIn(request);
    const { confirm } = flushConfirmation.read(jsonBody(request).value);
    const tenant = found(await tenants.load(id));
    if (confirm !== id) throw new Problem('invalid_body', 'confirm must be the id of the tenant.');
    await audited(audit, request, 'tenant.flush', { tenant: id }, () => tenant.entries.clear());
    answers.send(reply, 204, []);
  });
}

function tenantDocument({ id, name, limits, createdAt }: TenantRecord) {
  return { id, name, limits: { ...noLimits, ...limits }, createdAt: new Date(createdAt).toISOString() };
}

function tenantIn(request: FastifyRequest): string {
  return targetOf(request.raw).parameters[0] ?? '';
}

function found<T>(record: T | undefined): T {
  if (record !== undefined) return record;
  throw new Problem('tenant_not_found', 'There is no tenant with this id.');
}
