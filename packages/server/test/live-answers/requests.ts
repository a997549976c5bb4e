import type { AppInProcess } from '../support/app-in-process.js';
import type { Answer } from '../support/http-client.js';

/** What is sent to the address of an operation besides what is always sent. */
export interface Sent {
  /** What stands for the braces of the address, in their order. */
  readonly parameters?: readonly string[];
  readonly query?: string;
  readonly body?: string;
  readonly headers?: Record<string, string | string[]>;
}

export interface Case extends Sent {
  readonly status: number;
  /** Done before, on the same app. Resolves with an answer, or with what is sent then. */
  readonly before?: (app: AppInProcess) => Promise<Answer | Sent>;
}

const json = { 'Content-Type': 'application/json' };
const tenant = { id: 'shop' };
const otherVersion = { headers: { 'If-Match': '"other"' } };

export const jsonBody = (value: unknown, headers: Sent['headers'] = {}): Sent => ({
  body: JSON.stringify(value),
  headers: { ...json, ...headers },
});

export function put(app: AppInProcess, body = 'x'): Promise<Answer> {
  return app.client.send('PUT', '/v1/cache/k', { body });
}

export function makeTenant(app: AppInProcess): Promise<Answer> {
  return app.client.send('POST', '/admin/v1/tenants', { ...jsonBody(tenant) } as { body: string });
}

/** Resolves with what stands for the braces of the new key's address. */
export async function makeKey(app: AppInProcess): Promise<Sent> {
  await makeTenant(app);
  const { id } = await app.apiKeyRecords.create(
    { tenant: tenant.id, name: 'k', scopes: ['cache:read'] },
    app.clock.now(),
  );
  return { parameters: [tenant.id, id] };
}

/** As `makeKey`, of a key that another has taken the place of. */
export async function makeRotatedKey(app: AppInProcess): Promise<Sent> {
  const made = await makeKey(app);
  await app.apiKeyRecords.update(String(made.parameters?.[1]), { rotatedTo: 'another' });
  return made;
}

/** Resolves with the field that names the holder. */
export async function lock(app: AppInProcess): Promise<Sent> {
  const { headers } = await app.client.send('POST', '/v1/locks/k', lockFor(30) as { body: string });
  return { headers: { 'If-Match': String(headers.etag) } };
}

function lockFor(ttl: number): Sent {
  return jsonBody({ ttl });
}

export function setLimits(app: AppInProcess, limits: object): Promise<Answer> {
  return app.client.send('PATCH', '/admin/v1/tenants/default/limits', jsonBody(limits) as { body: string });
}

function putIndexed(app: AppInProcess): Promise<Answer> {
  const envelope = { value: 'x', indexes: { user: 'alice' } };
  return app.client.send('POST', '/v1/cache/k', jsonBody(envelope) as { body: string });
}

const term = ['user', 'alice'];
const atTenant = { parameters: [tenant.id], before: makeTenant };
const mergePatch: Sent = { body: '{"b": 2}', headers: { 'Content-Type': 'application/merge-patch+json' } };
const missingTenant = { status: 404, parameters: ['nobody'] };
const missingKey = { status: 404, parameters: [tenant.id, 'nokey'], before: makeTenant };
const newKey = jsonBody({ name: 'app', scopes: ['cache:read'], expiresAt: '2100-01-01T00:00:00Z' });
const newName = jsonBody({ name: 'The shop', limits: { entries: 5 } });
const newLimits = jsonBody({ entries: 5, burst: null });
const confirmed = jsonBody({ confirm: tenant.id });

const newWebhook = jsonBody({ tenant: tenant.id, url: 'http://127.0.0.1:9/hook', events: ['expiry', 'quota'] });

/** Resolves with what stands for the braces of its address. */
export async function makeWebhook(app: AppInProcess): Promise<Sent> {
  await makeTenant(app);
  const { body } = await app.client.send('POST', '/admin/v1/webhooks', newWebhook as { body: string });
  return { parameters: [JSON.parse(body.toString()).id] };
}

/** The answers that belong to one operation in particular. For the first, everything is as it should be. */
export const cases: Readonly<Record<string, readonly Case[]>> = {
  getEntry: [
    { status: 200, before: (app) => put(app) },
    { status: 200, before: (app) => put(app), headers: { Accept: 'application/vnd.larder.entry+json' } },
    { status: 304, before: (app) => put(app), headers: { 'If-None-Match': '*' } },
    { status: 404 },
    { status: 412, before: (app) => put(app), ...otherVersion },
  ],
  putEntry: [
    { status: 201, body: 'x', query: 'ttl=60' },
    { status: 204, body: 'x', before: (app) => put(app) },
    { status: 412, body: 'x', ...otherVersion },
  ],
  postEntry: [
    { status: 201, ...jsonBody({ value: 1, ttl: 60, tags: ['t'], indexes: { user: 'a' } }) },
    { status: 200, ...jsonBody({ valueBase64: 'AP8=' }), before: (app) => put(app) },
    { status: 412, ...jsonBody({ value: 1 }, otherVersion.headers) },
  ],
  patchEntry: [
    { status: 200, ...jsonBody({ persist: true }), before: (app) => put(app) },
    { status: 200, ...mergePatch, before: (app) => put(app, '{"a": 1}') },
    { status: 422, ...mergePatch, before: (app) => put(app) },
    { status: 404, ...jsonBody({ ttl: 60 }) },
    { status: 412, ...jsonBody({ ttl: 60 }, otherVersion.headers), before: (app) => put(app) },
  ],
  deleteEntry: [{ status: 204 }, { status: 412, ...otherVersion }],
  entryExists: [{ status: 200 }],
  incrementEntry: [{ status: 200 }, { status: 422, before: (app) => put(app, 'forty') }],
  runBatch: [
    {
      status: 200,
      ...jsonBody({
        operations: [
          { op: 'set', key: 'a', value: { n: 1 }, ttl: 60 },
          { op: 'set', key: 'a', valueBase64: 'AP8=' },
          { op: 'add', key: 'a', value: 2 },
          ...['get', 'exists', 'increment', 'delete', 'get', 'fly'].map((op) => ({ op, key: 'a' })),
          { op: 'increment', key: 'n' },
          { op: 'touch', key: 'n', ttl: 5 },
        ],
      }),
    },
  ],
  listKeys: [
    { status: 200, query: 'limit=1', before: (app) => put(app) },
    { status: 400, query: 'cursor=abc' },
  ],
  deleteKeys: [{ status: 200, query: 'match=*' }],
  invalidateTags: [{ status: 200, ...jsonBody({ tags: ['t'] }) }],
  listIndex: [
    { status: 200, before: putIndexed, parameters: term },
    { status: 200, before: putIndexed, parameters: term, query: 'include=entries&limit=1' },
  ],
  deleteByIndex: [{ status: 200, before: putIndexed, parameters: term }],
  takeLock: [
    { status: 201, ...lockFor(30) },
    { status: 409, before: lock, ...lockFor(30) },
  ],
  extendLock: [
    { status: 200, before: lock, ...lockFor(60) },
    { status: 412, ...jsonBody({ ttl: 60 }, otherVersion.headers) },
  ],
  releaseLock: [
    { status: 204, before: lock },
    { status: 412, ...otherVersion },
  ],
  getEvents: [{ status: 200, query: 'heartbeat=1&lastEventId=x' }],
  getUsage: [{ status: 200 }],
  getLimits: [
    { status: 200 },
    { status: 200, before: (app) => setLimits(app, { burst: { requests: 99, seconds: 60 } }) },
  ],
  getTenantUsage: [{ status: 200, ...atTenant }, missingTenant],
  getStats: [{ status: 200 }],
  createTenant: [
    { status: 201, ...jsonBody({ ...tenant, limits: { entries: 1 } }) },
    { status: 409, ...jsonBody(tenant), before: makeTenant },
  ],
  listTenants: [{ status: 200, query: 'limit=1', before: makeTenant }],
  getTenant: [{ status: 200, ...atTenant }, missingTenant],
  changeTenant: [
    { status: 200, ...atTenant, ...newName },
    { ...missingTenant, ...newName },
  ],
  deleteTenant: [{ status: 204, ...atTenant }, missingTenant],
  getTenantLimits: [{ status: 200, ...atTenant }, missingTenant],
  changeTenantLimits: [
    { status: 200, ...atTenant, ...newLimits },
    { ...missingTenant, ...newLimits },
  ],
  flushTenant: [
    { status: 204, ...atTenant, ...confirmed },
    { ...missingTenant, ...confirmed },
  ],
  createApiKey: [
    { status: 201, ...atTenant, ...newKey },
    { ...missingTenant, ...newKey },
  ],
  listApiKeys: [{ status: 200, parameters: [tenant.id], before: makeKey }, missingTenant],
  revokeApiKey: [{ status: 204, before: makeKey }, missingKey],
  rotateApiKey: [{ status: 201, before: makeKey }, { status: 409, before: makeRotatedKey }, missingKey],
  listAudit: [
    { status: 200, query: 'limit=1', before: makeTenant },
    { status: 400, query: 'cursor=x' },
  ],
  createWebhook: [
    { status: 201, ...newWebhook, before: makeTenant },
    { status: 404, ...newWebhook },
  ],
  listWebhooks: [{ status: 200, query: 'limit=1', before: makeWebhook }],
  getWebhook: [
    { status: 200, before: makeWebhook },
    { status: 404, parameters: ['nobody'] },
  ],
  deleteWebhook: [
    { status: 204, before: makeWebhook },
    { status: 404, parameters: ['nobody'] },
  ],
  getLivez: [{ status: 200 }],
  getReadyz: [{ status: 200 }],
  getMetrics: [{ status: 200 }],
  getOpenApi: [{ status: 200 }],
  getDocs: [{ status: 200 }],
};
