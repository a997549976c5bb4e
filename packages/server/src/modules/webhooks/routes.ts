import type { FastifyInstance, FastifyRequest } from 'fastify';
import { jsonBody } from '../../http/body.js';
import { bodySchema, closedObject } from '../../http/body-schema.js';
import { timeSchema } from '../../http/common-parameters.js';
import { jsonMediaType } from '../../http/media-type.js';
import { type Operation, serve } from '../../http/operation.js';
import { Problem } from '../../http/problem.js';
import { targetOf } from '../../http/routed-request.js';
import type { Service } from '../../service.js';
import { pageOf, pageQuery, pageSchema } from '../admin/pages.js';
import type { AuditLog } from '../audit/audit-log.js';
import { audited } from '../audit/audited.js';
import type { TenantRecords } from '../tenants/tenant-records.js';
import type { QueueState } from './delivery-queue.js';
import { newSecret } from './signature.js';
import { newWebhookId, type WebhookEvent, type WebhookRecord, webhookEvents } from './webhook-records.js';
import { checkedWebhookUrl } from './webhook-url.js';
import type { Webhooks } from './webhooks.js';

interface WebhookRequest {
  readonly tenant: string;
  readonly url: string;
  readonly events: readonly WebhookEvent[];
  readonly secret?: string;
}

const newWebhook = bodySchema<WebhookRequest>({
  type: 'object',
  additionalProperties: false,
  required: ['tenant', 'url', 'events'],
  properties: {
    tenant: { type: 'string', minLength: 1, maxLength: 64 },
    url: { type: 'string', minLength: 1, maxLength: 2_048, description: 'https, of a host with public addresses.' },
    events: { type: 'array', minItems: 1, uniqueItems: true, items: { type: 'string', enum: webhookEvents } },
    secret: {
      type: 'string',
      minLength: 16,
      maxLength: 256,
      pattern: '^[!-~]+$',
      description: 'Signs the deliveries. Without one, it is made.',
    },
  },
});

const count = { type: 'integer', minimum: 0 };
const members = {
  id: { type: 'string' },
  tenant: { type: 'string' },
  url: { type: 'string' },
  events: { type: 'array', items: { type: 'string', enum: webhookEvents } },
  createdAt: timeSchema,
  waiting: { ...count, description: 'Deliveries that are still to be taken.' },
  lost: { ...count, description: 'Deliveries that were given up.' },
  latest: {
    description: 'What became of the latest attempt.',
    anyOf: [
      closedObject({ at: timeSchema, delivered: { type: 'boolean' }, reason: { type: ['string', 'null'] } }),
      { type: 'null' },
    ],
  },
};
const webhookSchema = closedObject(members);

export const createWebhook: Operation = {
  id: 'createWebhook',
  method: 'POST',
  route: 'webhooks',
  summary: 'Makes a webhook; its secret is in this answer and nowhere else',
  scope: 'admin',
  body: { content: { [jsonMediaType]: newWebhook.schema }, isRequired: true },
  answers: {
    201: {
      description: 'Made',
      content: { [jsonMediaType]: closedObject({ ...members, secret: { type: 'string' } }) },
    },
  },
  problems: ['invalid_body', 'tenant_not_found', 'unsupported_by_store'],
  isRepeatable: true,
};

export const listWebhooks: Operation = {
  id: 'listWebhooks',
  method: 'GET',
  route: 'webhooks',
  summary: 'The webhooks, a page at a time, without their secrets',
  scope: 'admin',
  query: pageQuery,
  answers: { 200: { description: 'A page of webhooks', content: { [jsonMediaType]: pageSchema(webhookSchema) } } },
  problems: ['unsupported_by_store'],
};

export const getWebhook: Operation = {
  id: 'getWebhook',
  method: 'GET',
  route: 'webhook',
  summary: 'One webhook, what waits for it, and what became of the latest attempt',
  scope: 'admin',
  answers: { 200: { description: 'The webhook', content: { [jsonMediaType]: webhookSchema } } },
  problems: ['webhook_not_found'],
};

export const deleteWebhook: Operation = {
  id: 'deleteWebhook',
  method: 'DELETE',
  route: 'webhook',
  summary: 'Removes a webhook, and what waits for it',
  scope: 'admin',
  answers: { 204: { description: 'Removed' } },
  problems: ['webhook_not_found'],
};

/** `/admin/v1/webhooks`. */
export function webhookRoutes(
  app: FastifyInstance,
  { answers, clock }: Service,
  webhooks: Webhooks,
  { audit, tenantRecords }: { readonly audit: AuditLog; readonly tenantRecords: Pick<TenantRecords, 'get'> },
): void {
  const { records, queue } = webhooks;

  serve(app, createWebhook, async (request, reply) => {
    const { tenant, url, events, secret = newSecret() } = newWebhook.read(jsonBody(request).value);
    if ((await tenantRecords.get(tenant)) === undefined) {
      throw new Problem('tenant_not_found', 'There is no tenant with this id.');
    }
    if (events.includes('expiry') && !webhooks.tellsExpiry) {
      throw new Problem('unsupported_by_store', 'The store behind this service cannot say which entries expired.');
    }
    const checked = await checkedWebhookUrl(url, webhooks.rules);
    const record = { id: newWebhookId(), tenant, url: checked, events, secret, createdAt: clock.now() };
    const target = { tenant, webhookId: record.id };
    await audited(audit, request, 'webhook.create', target, () => webhooks.add(record));
    answers.json(reply, 201, { ...webhookDocument(record, await queue.read(record.id)), secret });
  });

  serve(app, listWebhooks, async (request, reply) => {
    const { cursor = '', limit } = pageOf(request);
    const behind = (await records.all()).filter(({ id }) => id > cursor);
    const page = behind.slice(0, limit);
    const states = await queue.readMany(page.map(({ id }) => id));
    const nextCursor = behind.length > page.length ? page.at(-1)?.id : null;
    answers.json(reply, 200, { data: page.map((each) => webhookDocument(each, states.get(each.id))), nextCursor });
  });

  serve(app, getWebhook, async (request, reply) => {
    const record = await existing(request);
    answers.json(reply, 200, webhookDocument(record, await queue.read(record.id)));
  });

  serve(app, deleteWebhook, async (request, reply) => {
    const { id, tenant } = await existing(request);
    await audited(audit, request, 'webhook.remove', { tenant, webhookId: id }, () => webhooks.remove(id));
    answers.send(reply, 204, []);
  });

  async function existing(request: FastifyRequest): Promise<WebhookRecord> {
    const record = await records.get(targetOf(request.raw).parameters[0] ?? '');
    if (record !== undefined) return record;
    throw new Problem('webhook_not_found', 'There is no webhook with this id.');
  }
}

function webhookDocument({ id, tenant, url, events, createdAt }: WebhookRecord, state: QueueState | undefined) {
  const latest = state?.latest ?? null;
  return {
    id,
    tenant,
    url,
    events,
    createdAt: new Date(createdAt).toISOString(),
    waiting: state?.deliveries.length ?? 0,
    lost: state?.lost ?? 0,
    latest: latest && {
      at: new Date(latest.at).toISOString(),
      delivered: latest.reason === undefined,
      reason: latest.reason ?? null,
    },
  };
}
