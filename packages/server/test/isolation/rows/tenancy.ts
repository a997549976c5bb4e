import { allScopes } from '../../../src/modules/api-keys/scopes.js';
import { type Actor, call, entryPath, parsed, pick, type Row, same } from '../actor.js';

const withoutAdmin = allScopes.filter((scope) => scope !== 'admin');
const json = { 'Content-Type': 'application/json' };
const tenantPath = (id: string) => `/admin/v1/tenants/${encodeURIComponent(id).replaceAll('.', '%2E')}`;

export async function makeTenant(admin: Actor['admin'], id: string, limits: object = {}): Promise<void> {
  const answer = await admin.send('POST', '/admin/v1/tenants', { body: JSON.stringify({ id, limits }), headers: json });
  if (answer.status !== 201) throw new Error(`The tenant ${id} was not made: ${answer.body}`);
}

export async function makeKey(
  admin: Actor['admin'],
  id: string,
  prefixes?: readonly string[],
): Promise<{ id: string; key: string }> {
  const body = JSON.stringify({ name: 'k', scopes: withoutAdmin, ...(prefixes === undefined ? {} : { prefixes }) });
  const answer = await admin.send('POST', `${tenantPath(id)}/keys`, { body, headers: json });
  if (answer.status !== 201) throw new Error(`The key of ${id} was not made: ${answer.body}`);
  return parsed(answer);
}

/** An API key for some prefixes shows and changes nothing behind others, not even that there is nothing. */
const narrowKey: Row = {
  covers: ['GET entry'],
  weight: 4,
  async run(actor, key) {
    const { narrow, model } = actor;
    const isInReach = key.startsWith(narrow.prefix);
    const answer = await call(actor, 'GET', entryPath(actor, key), {}, narrow.client);
    const entry = isInReach ? model.read(key) : undefined;
    same(actor, `GET ${key} in reach of ${narrow.prefix}`, answer.status, isInReach ? (entry ? 200 : 404) : 403);
    if (entry !== undefined) same(actor, `value of ${key}`, answer.body.toString(), entry.value);
    const refused = await call(actor, 'DELETE', '/v1/keys?match=*', {}, narrow.client);
    same(actor, 'deletion of all keys out of reach', refused.status, 403);
    return 2;
  },
};

const twoKeys: Row = {
  covers: ['GET entry'],
  weight: 1,
  async run(actor, key) {
    const headers = { 'X-API-Key': actor.peer().full.text };
    const answer = await call(actor, 'GET', entryPath(actor, key), { headers });
    same(actor, 'two API keys of two tenants', [answer.status, parsed(answer).code], [400, 'invalid_request']);
    return 1;
  },
};

const stats: Row = {
  covers: ['GET stats'],
  weight: 3,
  async run(actor) {
    const { since: _since, ...counts } = parsed(await call(actor, 'GET', '/v1/stats'));
    same(actor, 'stats', counts, { ...actor.model.counts });
    return 1;
  },
};

/** Counted are more things than the model knows; what it knows must not differ. */
const usage: Row = {
  covers: ['GET usage'],
  weight: 1,
  async run(actor) {
    const { days } = parsed(await call(actor, 'GET', '/v1/usage'));
    const { hits, misses, writes, deletes } = days.at(-1);
    same(actor, 'usage', { hits, misses, writes, deletes }, { ...actor.model.counts });
    return 1;
  },
};

const limits: Row = {
  covers: ['GET limits'],
  weight: 1,
  async run(actor) {
    const { tenant } = parsed(await call(actor, 'GET', '/v1/limits'));
    same(actor, 'limits', [tenant.defaultTtl, tenant.entries], [actor.model.defaultTtl, limitOf(actor)]);
    return 1;
  },
};

/** A number of entries that no tenant comes near to, and that no other has for its limit. */
export function limitOf({ mark }: { readonly mark: number }): number {
  return 1_000_000 + mark;
}

/** Each call of the administration, about the other tenant. */
const administration: readonly (readonly [method: string, route: string, path: (peer: Actor) => string])[] = [
  ['GET', 'tenants', () => '/admin/v1/tenants'],
  ['POST', 'tenants', () => '/admin/v1/tenants'],
  ['GET', 'tenant', ({ id }) => tenantPath(id)],
  ['PATCH', 'tenant', ({ id }) => tenantPath(id)],
  ['DELETE', 'tenant', ({ id }) => tenantPath(id)],
  ['GET', 'tenantKeys', ({ id }) => `${tenantPath(id)}/keys`],
  ['POST', 'tenantKeys', ({ id }) => `${tenantPath(id)}/keys`],
  ['DELETE', 'tenantKey', ({ id, full }) => `${tenantPath(id)}/keys/${full.id}`],
  ['POST', 'tenantKeyRotation', ({ id, full }) => `${tenantPath(id)}/keys/${full.id}/rotate`],
  ['GET', 'tenantLimits', ({ id }) => `${tenantPath(id)}/limits`],
  ['PATCH', 'tenantLimits', ({ id }) => `${tenantPath(id)}/limits`],
  ['POST', 'tenantFlush', ({ id }) => `${tenantPath(id)}/flush`],
  ['GET', 'tenantUsage', ({ id }) => `${tenantPath(id)}/usage`],
  ['GET', 'audit', () => '/admin/v1/audit'],
  ['GET', 'webhooks', () => '/admin/v1/webhooks'],
  ['POST', 'webhooks', () => '/admin/v1/webhooks'],
  ['GET', 'webhook', () => '/admin/v1/webhooks/x'],
  ['DELETE', 'webhook', () => '/admin/v1/webhooks/x'],
];

const noAdministration: readonly Row[] = administration.map(([method, route, path]) => ({
  covers: [`${method} ${route}`],
  weight: 1,
  async run(actor) {
    const body = method === 'GET' || method === 'DELETE' ? {} : { body: '{"confirm": "x"}', headers: json };
    const answer = await call(actor, method, path(actor.peer()), body);
    same(actor, `${method} ${route}`, [answer.status, parsed(answer).code], [403, 'insufficient_scope']);
    return 1;
  },
}));

/** The address of one tenant and the key of another do not fit, even for an administrator. */
const keyOfAnother: Row = {
  covers: ['DELETE tenantKey', 'POST tenantKeyRotation', 'GET tenantKeys'],
  weight: 1,
  async run(actor) {
    const { admin, id, peer, full, narrow } = actor;
    const address = `${tenantPath(id)}/keys`;
    const deleted = await admin.send('DELETE', `${address}/${peer().full.id}`);
    same(actor, "deletion of another's key", deleted.status, 404);
    const rotated = await admin.send('POST', `${address}/${peer().full.id}/rotate`);
    same(actor, "rotation of another's key", rotated.status, 404);
    const listed = parsed(await admin.send('GET', address)).data.map((key: { id: string }) => key.id);
    same(actor, 'API keys', listed.sort(), [full.id, narrow.id].sort());
    return 3;
  },
};

const flush: Row = {
  covers: ['POST tenantFlush'],
  weight: 1,
  async run(actor) {
    const { admin, id, model, peer } = actor;
    const post = (confirm: string) =>
      admin.send('POST', `${tenantPath(id)}/flush`, { body: JSON.stringify({ confirm }), headers: json });
    same(actor, 'flush under the wrong name', (await post(peer().id)).status, 400);
    same(actor, 'flush', (await post(id)).status, 204);
    model.clear();
    return 2;
  },
};

const changeLimits: Row = {
  covers: ['PATCH tenantLimits', 'GET tenantLimits', 'GET tenant'],
  weight: 1,
  async run(actor) {
    const { admin, id, model, random } = actor;
    const defaultTtl = pick(random, [1_000, 2_000, 3_000]) + actor.mark;
    const body = JSON.stringify({ defaultTtl });
    const changed = await admin.send('PATCH', `${tenantPath(id)}/limits`, { body, headers: json });
    same(actor, 'change of limits', parsed(changed).defaultTtl, defaultTtl);
    const read = parsed(await admin.send('GET', tenantPath(id)));
    same(actor, 'tenant', [read.id, read.limits.defaultTtl, read.limits.entries], [id, defaultTtl, limitOf(actor)]);
    model.defaultTtl = defaultTtl;
    return 2;
  },
};

/** The tenant is removed and made anew, with nothing of what it had. */
const rebirth: Row = {
  covers: ['DELETE tenant', 'POST tenants', 'POST tenantKeys'],
  weight: 1,
  async run(actor) {
    const { admin, id, model, full, narrow } = actor;
    same(actor, 'removal', (await admin.send('DELETE', tenantPath(id))).status, 204);
    same(actor, 'its API key after that', (await call(actor, 'GET', '/v1/stats')).status, 401);
    await makeTenant(admin, id, { entries: limitOf(actor), defaultTtl: model.defaultTtl });
    renew(actor, full, await makeKey(admin, id));
    renew(actor, narrow, await makeKey(admin, id, [narrow.prefix]));
    model.clear();
    model.kept.clear();
    return 2;
  },
};

function renew(actor: Actor, holder: Actor['full'], made: { id: string; key: string }): void {
  holder.client.close();
  Object.assign(holder, actor.hold(made));
}

export const tenancyRows: readonly Row[] = [
  ...[narrowKey, twoKeys, stats, usage, limits],
  ...noAdministration,
  ...[keyOfAnother, flush, changeLimits, rebirth],
];
