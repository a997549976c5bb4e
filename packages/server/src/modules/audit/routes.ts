import type { FastifyInstance } from 'fastify';
import { closedObject } from '../../http/body-schema.js';
import { timeSchema } from '../../http/common-parameters.js';
import { jsonMediaType } from '../../http/media-type.js';
import { type Operation, serve } from '../../http/operation.js';
import { Problem } from '../../http/problem.js';
import { parseQuery } from '../../http/query.js';
import { targetOf } from '../../http/routed-request.js';
import type { Service } from '../../service.js';
import { pageOf, pageSchema } from '../admin/pages.js';
import { type AuditAction, auditActions } from './audit-actions.js';
import { auditIdPattern } from './audit-ids.js';
import type { AuditLog } from './audit-log.js';

const text = { type: 'string' };
const targetMembers = { tenant: text, keyId: text, newKeyId: text, webhookId: text };

const recordSchema = closedObject({
  id: text,
  at: timeSchema,
  actor: closedObject({ tenant: text, keyId: text }),
  action: { type: 'string', enum: auditActions },
  target: closedObject(targetMembers, Object.keys(targetMembers)),
  requestId: { ...text, description: 'The one in the log of the service.' },
});

export const listAudit: Operation = {
  id: 'listAudit',
  method: 'GET',
  route: 'audit',
  summary: 'What admins did in the last 90 days, newest first, a page at a time',
  scope: 'admin',
  query: {
    tenant: { description: 'Only what was done to this tenant.', schema: { type: 'string' } },
    action: { description: 'Only this action.', schema: { type: 'string', enum: auditActions } },
    cursor: { description: 'The nextCursor of the page before.', schema: { type: 'string' } },
    limit: {
      description: 'How many records a page has at most.',
      schema: { type: 'integer', minimum: 1, maximum: 1_000, default: 100 },
    },
  },
  answers: { 200: { description: 'A page of records', content: { [jsonMediaType]: pageSchema(recordSchema) } } },
  problems: ['invalid_cursor', 'unsupported_by_store'],
};

/** `/admin/v1/audit`. */
export function auditRoutes(app: FastifyInstance, { answers }: Service, log: AuditLog): void {
  serve(app, listAudit, async (request, reply) => {
    const query = parseQuery(targetOf(request.raw).query);
    const { cursor, limit } = pageOf(request);
    const action = checkedAction(query.get('action'));
    const page = await log.page({ tenant: query.get('tenant'), action, cursor: checkedCursor(cursor), limit });
    answers.json(reply, 200, { data: page.records, nextCursor: page.cursor ?? null });
  });
}

function checkedAction(text: string | undefined): AuditAction | undefined {
  const action = auditActions.find((known) => known === text);
  if (action !== undefined || text === undefined) return action;
  throw new Problem('invalid_request', `action must be one of ${auditActions.join(', ')}.`);
}

function checkedCursor(cursor: string | undefined): string | undefined {
  if (cursor === undefined || auditIdPattern.test(cursor)) return cursor;
  throw new Problem('invalid_cursor', 'The cursor does not belong to this listing. Begin without one.');
}
