import type { FastifyInstance, FastifyRequest } from 'fastify';
import { closedObject } from '../../http/body-schema.js';
import { timeSchema } from '../../http/common-parameters.js';
import { jsonMediaType } from '../../http/media-type.js';
import { type Described, type Operation, serve } from '../../http/operation.js';
import { Problem } from '../../http/problem.js';
import { parseQuery } from '../../http/query.js';
import { targetOf } from '../../http/routed-request.js';
import type { Service } from '../../service.js';
import type { Metering } from '../limits/metering.js';
import type { Tenant } from '../tenants/tenant.js';
import type { TenantDirectory } from '../tenants/tenant-directory.js';
import { type Day, daysAskedFor } from './days.js';
import type { Usage } from './usage-records.js';

const query: Readonly<Record<string, Described>> = {
  from: { description: 'The first day (UTC). Default: 29 days before the last.', schema: { type: 'string' } },
  to: { description: 'The last day (UTC). Default: today.', schema: { type: 'string' } },
};

const count = { type: 'integer', minimum: 0 };

const daySchema = closedObject({
  day: { type: 'string', format: 'date' },
  ...{ requests: count, reads: count, hits: count, misses: count, writes: count, deletes: count },
  ...{ bytesReceived: count, bytesSent: count },
});

const storageSchema = closedObject({ entries: count, bytes: count, countedAt: timeSchema });

const usageSchema = closedObject({
  days: { type: 'array', items: daySchema },
  storage: { anyOf: [storageSchema, { type: 'null' }] },
});

const usageAnswers = {
  200: {
    description: 'The days, oldest first, and the storage; null where it cannot be counted',
    content: { [jsonMediaType]: usageSchema },
  },
};

export const getUsage: Operation = {
  id: 'getUsage',
  method: 'GET',
  route: 'usage',
  summary: 'What the tenant used on each day, and what it keeps now',
  scope: 'usage:read',
  query,
  answers: usageAnswers,
  problems: ['invalid_request'],
};

export const getTenantUsage: Operation = {
  id: 'getTenantUsage',
  method: 'GET',
  route: 'tenantUsage',
  summary: 'What a tenant used on each day, and what it keeps now',
  scope: 'admin',
  query,
  answers: usageAnswers,
  problems: ['invalid_request', 'tenant_not_found'],
};

/** How old a count may be that is told. */
const oldestCount = 60_000;

interface UsageParts {
  readonly tenants: Pick<TenantDirectory, 'load'>;
  readonly metering: Pick<Metering, 'storage' | 'usage'>;
}

/** `/v1/usage`, and the same for administrators. */
export function usageRoutes(
  app: FastifyInstance,
  { answers, clock }: Service,
  { tenants, metering }: UsageParts,
): void {
  serve(app, getUsage, async (request, reply) => {
    answers.json(reply, 200, await usageDocument(request.caller.tenant, daysIn(request)));
  });

  serve(app, getTenantUsage, async (request, reply) => {
    const days = daysIn(request);
    const tenant = await tenants.load(targetOf(request.raw).parameters[0] ?? '');
    if (tenant === undefined) throw new Problem('tenant_not_found', 'There is no tenant with this id.');
    answers.json(reply, 200, await usageDocument(tenant, days));
  });

  function daysIn(request: FastifyRequest): readonly Day[] {
    const { query: text } = targetOf(request.raw);
    const asked = parseQuery(text);
    return daysAskedFor(asked.get('from'), asked.get('to'), clock.now());
  }

  async function usageDocument(tenant: Tenant, days: readonly Day[]) {
    const storage = await metering.storage.anyMeterOf(tenant)?.use(oldestCount);
    const used = await metering.usage.of(tenant.id, days);
    return {
      days: used.map(dayDocument),
      storage:
        storage === undefined
          ? null
          : {
              entries: storage.entries,
              bytes: storage.bytes,
              countedAt: new Date(storage.countedAt).toISOString(),
            },
    };
  }
}

function dayDocument({ day, requests, hits, misses, writes, deletes, bytesReceived, bytesSent }: Usage & { day: Day }) {
  return { day, requests, reads: hits + misses, hits, misses, writes, deletes, bytesReceived, bytesSent };
}
