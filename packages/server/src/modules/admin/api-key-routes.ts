import type { FastifyInstance, FastifyRequest } from 'fastify';
import { bodyBytes, jsonBody } from '../../http/body.js';
import { bodySchema, closedObject, type JsonSchema } from '../../http/body-schema.js';
import { timeSchema } from '../../http/common-parameters.js';
import { jsonMediaType } from '../../http/media-type.js';
import { type Operation, serve } from '../../http/operation.js';
import { Problem } from '../../http/problem.js';
import { targetOf } from '../../http/routed-request.js';
import type { Service } from '../../service.js';
import type { ApiKeyRecord, NewApiKey } from '../api-keys/api-key-records.js';
import { createApiKey as makeApiKey } from '../api-keys/key-format.js';
import { allScopes, type Scope } from '../api-keys/scopes.js';
import { audited } from '../audit/audited.js';
import type { AdminParts } from './admin-parts.js';
import { pageSchema } from './pages.js';

interface ApiKeyRequest {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly prefixes?: readonly string[];
  readonly expiresAt?: string;
}

const newApiKey = bodySchema<ApiKeyRequest>({
  type: 'object',
  additionalProperties: false,
  required: ['name', 'scopes'],
  properties: {
    name: { type: 'string', minLength: 1, maxLength: 200 },
    scopes: { type: 'array', minItems: 1, uniqueItems: true, items: { type: 'string', enum: allScopes } },
    prefixes: {
      type: 'array',
      minItems: 1,
      maxItems: 32,
      items: { type: 'string', minLength: 1, maxLength: 128 },
    },
    expiresAt: { type: 'string', description: 'A time of RFC 3339, such as 2030-01-31T12:00:00Z.' },
  },
});

const rotation = bodySchema<{ readonly overlap?: number }>({
  type: 'object',
  additionalProperties: false,
  properties: {
    overlap: {
      type: 'integer',
      minimum: 0,
      maximum: 31_536_000,
      description: 'Seconds for which the old key goes on working.',
    },
  },
});

const keyMembers: Readonly<Record<string, JsonSchema>> = {
  id: { type: 'string', description: 'Public: names the key in lists and logs.' },
  name: { type: 'string' },
  scopes: { type: 'array', items: { type: 'string', enum: allScopes } },
  prefixes: { anyOf: [{ type: 'array', items: { type: 'string' } }, { type: 'null' }] },
  createdAt: timeSchema,
  expiresAt: { anyOf: [timeSchema, { type: 'null' }] },
  rotatedTo: { type: ['string', 'null'], description: 'The id of the key that takes its place.' },
};

const keyText = { type: 'string', description: 'The key itself. It is kept nowhere.' };
const madeKey = {
  description: 'Made',
  content: { [jsonMediaType]: closedObject({ ...keyMembers, key: keyText }) },
};

/** A day. */
const defaultOverlapSeconds = 86_400;

export const createApiKey: Operation = {
  id: 'createApiKey',
  method: 'POST',
  route: 'tenantKeys',
  summary: 'Makes an API key; its text is in this answer and nowhere else',
  scope: 'admin',
  body: { content: { [jsonMediaType]: newApiKey.schema }, isRequired: true },
  answers: { 201: madeKey },
  problems: ['invalid_body', 'tenant_not_found', 'storage_quota'],
  isRepeatable: true,
};

export const listApiKeys: Operation = {
  id: 'listApiKeys',
  method: 'GET',
  route: 'tenantKeys',
  summary: 'The API keys of a tenant, without their texts',
  scope: 'admin',
  answers: {
    200: { description: 'The API keys', content: { [jsonMediaType]: pageSchema(closedObject(keyMembers)) } },
  },
  problems: ['tenant_not_found', 'unsupported_by_store'],
};

export const revokeApiKey: Operation = {
  id: 'revokeApiKey',
  method: 'DELETE',
  route: 'tenantKey',
  summary: 'Revokes an API key at once',
  scope: 'admin',
  answers: { 204: { description: 'Revoked' } },
  problems: ['api_key_not_found', 'storage_quota'],
};

export const rotateApiKey: Operation = {
  id: 'rotateApiKey',
  method: 'POST',
  route: 'tenantKeyRotation',
  summary: 'Makes an API key that takes the place of another, which goes on working for a while',
  scope: 'admin',
  body: { content: { [jsonMediaType]: rotation.schema }, isRequired: false },
  answers: { 201: madeKey },
  problems: ['invalid_body', 'api_key_not_found', 'storage_quota', 'api_key_rotated'],
  isRepeatable: true,
};

/** `/admin/v1/tenants/{tenant}/keys`: making, listing, revoking and rotating. */
export function apiKeyRoutes(app: FastifyInstance, { answers, clock }: Service, parts: AdminParts): void {
  const { apiKeyRecords, audit, tenantRecords } = parts;

  serve(app, createApiKey, async (request, reply) => {
    const tenant = await existingTenant(request);
    const { name, scopes, prefixes, expiresAt } = newApiKey.read(jsonBody(request).value);
    const end = expiresAt === undefined ? undefined : futureTime(expiresAt, clock.now());
    const terms = {
      tenant,
      name,
      scopes,
      ...(prefixes === undefined ? {} : { prefixes }),
      ...(end === undefined ? {} : { expiresAt: end }),
    };
    const key = makeApiKey();
    const made = await audited(audit, request, 'key.create', { tenant, keyId: key.id }, () =>
      apiKeyRecords.create(terms, clock.now(), key),
    );
    answers.json(reply, 201, newKeyDocument(made));
  });

  serve(app, listApiKeys, async (request, reply) => {
    const keys = await apiKeyRecords.ofTenant(await existingTenant(request));
    answers.json(reply, 200, { data: keys.map(({ id, record }) => keyDocument(id, record)), nextCursor: null });
  });

  serve(app, revokeApiKey, async (request, reply) => {
    const { id, record } = await existingKey(request);
    await audited(audit, request, 'key.revoke', { tenant: record.tenant, keyId: id }, async () => {
      await apiKeyRecords.delete(id);
    });
    answers.send(reply, 204, []);
  });

  serve(app, rotateApiKey, async (request, reply) => {
    const { overlap = defaultOverlapSeconds } = rotation.read(
      bodyBytes(request).byteLength === 0 ? {} : jsonBody(request).value,
    );
    const { id, record } = await existingKey(request);
    const { tenant, name, scopes, prefixes, expiresAt } = record;
    // Its end is that of the overlap by now, and no end for another key.
    if (record.rotatedTo !== undefined)
      throw new Problem('api_key_rotated', 'Another key has taken its place already.');
    const terms = {
      ...{ tenant, name, scopes },
      ...(prefixes === undefined ? {} : { prefixes }),
      ...(expiresAt === undefined ? {} : { expiresAt }),
    };
    const key = makeApiKey();
    const end = Math.min(clock.now() + overlap * 1_000, expiresAt ?? Number.POSITIVE_INFINITY);
    const made = await audited(audit, request, 'key.rotate', { tenant, keyId: id, newKeyId: key.id }, async () => {
      const created = await apiKeyRecords.create(terms, clock.now(), key);
      const rotated = await apiKeyRecords.update(id, { expiresAt: end, rotatedTo: key.id });
      if (rotated !== undefined) return created;
      // Revoked meanwhile: nothing takes the place of what was to end at once.
      await apiKeyRecords.delete(key.id);
      throw noSuchKey();
    });
    answers.json(reply, 201, newKeyDocument(made));
  });

  async function existingTenant(request: FastifyRequest): Promise<string> {
    const [id = ''] = targetOf(request.raw).parameters;
    if ((await tenantRecords.get(id)) !== undefined) return id;
    throw new Problem('tenant_not_found', 'There is no tenant with this id.');
  }

  /** One of this tenant: the address of another's key shows nothing of it. */
  async function existingKey(request: FastifyRequest): Promise<{ readonly id: string; readonly record: ApiKeyRecord }> {
    const [tenant, id = ''] = targetOf(request.raw).parameters;
    const record = await apiKeyRecords.get(id);
    if (record !== undefined && record.tenant === tenant) return { id, record };
    throw noSuchKey();
  }
}

function noSuchKey(): Problem {
  return new Problem('api_key_not_found', 'This tenant has no API key with this id.');
}

const timeOfRfc3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})$/;

function futureTime(text: string, now: number): number {
  const time = timeOfRfc3339.test(text) ? Date.parse(text) : Number.NaN;
  if (time > now) return time;
  throw new Problem('invalid_body', 'expiresAt must be a time to come, such as 2030-01-31T12:00:00Z.');
}

function newKeyDocument({ id, text, record }: NewApiKey) {
  return { ...keyDocument(id, record), key: text };
}

function keyDocument(id: string, { name, scopes, prefixes, createdAt, expiresAt, rotatedTo }: ApiKeyRecord) {
  return {
    id,
    name,
    scopes,
    prefixes: prefixes ?? null,
    createdAt: new Date(createdAt).toISOString(),
    expiresAt: expiresAt === undefined ? null : new Date(expiresAt).toISOString(),
    rotatedTo: rotatedTo ?? null,
  };
}
