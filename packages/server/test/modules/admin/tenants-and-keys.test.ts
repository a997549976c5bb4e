import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Scope } from '../../../src/modules/api-keys/scopes.js';
import { type AppInProcess, startApp } from '../../support/app-in-process.js';
import { type Answer, type Client, httpClient } from '../../support/http-client.js';

let app: AppInProcess;
const clients: Client[] = [];
beforeEach(async () => {
  app = await startApp();
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await app.close();
});

const bodyOf = ({ body }: Answer) => JSON.parse(body.toString());
const admin = (method: string, path: string, body?: unknown) =>
  app.client.send(method, `/admin/v1${path}`, {
    headers: { 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
const clientWith = (key: string) => {
  const client = httpClient(app.port, key);
  clients.push(client);
  return client;
};

async function keyOf(tenant: string, terms: { scopes: readonly Scope[]; prefixes?: string[]; expiresAt?: string }) {
  const made = await admin('POST', `/tenants/${encodeURIComponent(tenant)}/keys`, { name: 'a key', ...terms });
  expect(made.status).toBe(201);
  const { id, key } = bodyOf(made);
  return { id, key, client: clientWith(key) };
}

const readWrite: readonly Scope[] = ['cache:read', 'cache:write', 'cache:delete', 'cache:list'];

describe('tenants', () => {
  it('are made, listed, changed and removed', async () => {
    const made = await admin('POST', '/tenants', { id: 'shop', name: 'Shop', limits: { daily: { requests: 10 } } });
    expect(made.status).toBe(201);
    expect(bodyOf(made)).toMatchObject({ id: 'shop', name: 'Shop', limits: { daily: { requests: 10 }, burst: null } });
    expect((await admin('POST', '/tenants', { id: 'shop' })).status).toBe(409);
    const { data, nextCursor } = bodyOf(await admin('GET', '/tenants'));
    expect(data.map(({ id }: { id: string }) => id).sort()).toEqual(['default', 'shop']);
    expect(nextCursor).toBeNull();
    expect(bodyOf(await admin('PATCH', '/tenants/shop', { name: 'The shop' })).name).toBe('The shop');
    const limits = bodyOf(await admin('PATCH', '/tenants/shop/limits', { entries: 5 }));
    expect(limits).toMatchObject({ entries: 5, daily: { requests: 10 } });
    expect((await admin('DELETE', '/tenants/shop')).status).toBe(204);
    expect((await admin('GET', '/tenants/shop')).status).toBe(404);
  });

  it.each([
    { id: '' },
    { id: 'a/b' },
    { id: '..' },
    { id: 'a\u0000' },
    { id: 'x'.repeat(65) },
    { id: 'é'.repeat(33) },
    { id: 'ok', limits: { burst: { requests: 0, seconds: 1 } } },
    { id: 'ok', limits: { bursts: null } },
    { id: 'ok', unknown: 1 },
    {},
    [],
    null,
  ])('%j is refused, and says why', async (body) => {
    const answer = await admin('POST', '/tenants', body);
    expect([answer.status, bodyOf(answer).code]).toEqual([400, 'invalid_body']);
  });

  it('keep their entries apart, whatever their ids and keys are', async () => {
    const ids = ['a', 'a:b', 'b:', '{}', '%2e', 'e\u0301', '\u00e9', '1:a', '...'];
    const writers = [];
    for (const id of ids) {
      await admin('POST', '/tenants', { id });
      writers.push(await keyOf(id, { scopes: readWrite }));
    }
    for (const [at, { client }] of writers.entries())
      await client.send('PUT', '/v1/cache/k', { body: `of ${ids[at]}` });
    for (const [at, { client }] of writers.entries()) {
      expect((await client.send('GET', '/v1/cache/k')).body.toString()).toBe(`of ${ids[at]}`);
    }
    await admin('POST', `/tenants/${encodeURIComponent('a')}/flush`, { confirm: 'a' });
    expect((await writers[0]?.client.send('GET', '/v1/cache/k'))?.status).toBe(404);
    for (const { client } of writers.slice(1)) expect((await client.send('GET', '/v1/cache/k')).status).toBe(200);
  });

  it('are emptied only by who names them once more', async () => {
    await app.client.send('PUT', '/v1/cache/k', { body: 'v' });
    expect((await admin('POST', '/tenants/default/flush', { confirm: 'defualt' })).status).toBe(400);
    expect((await app.client.send('GET', '/v1/cache/k')).status).toBe(200);
  });

  it('have a time to live of their own for what is written without one', async () => {
    await admin('POST', '/tenants', { id: 'brief', limits: { defaultTtl: 60 } });
    const { client } = await keyOf('brief', { scopes: readWrite });
    const put = await client.send('PUT', '/v1/cache/k', { body: 'v' });
    expect(put.headers['cache-ttl']).toBe('60');
    app.clock.advance(60_000);
    expect((await client.send('GET', '/v1/cache/k')).status).toBe(404);
  });
});

describe('API keys', () => {
  it('are shown once, listed without their text, and kept only as a hash', async () => {
    const { id, key } = await keyOf('default', { scopes: ['cache:read'], prefixes: ['user:'] });
    const { data } = bodyOf(await admin('GET', '/tenants/default/keys'));
    expect(data).toEqual([
      expect.objectContaining({ id, name: 'a key', scopes: ['cache:read'], prefixes: ['user:'], expiresAt: null }),
    ]);
    const kept: string[] = [];
    for await (const name of app.control.keys()) kept.push(JSON.stringify(await app.control.get(name)));
    expect(kept.join()).not.toContain(key.slice(-30));
  });

  it('allow what their scopes say, and nothing else', async () => {
    const calls: readonly [Scope, string, string, unknown?][] = [
      ['cache:read', 'GET', '/v1/cache/k'],
      ['cache:read', 'GET', '/v1/cache/k/exists'],
      ['cache:write', 'PUT', '/v1/cache/k', 'v'],
      ['cache:write', 'POST', '/v1/cache/k', 'v'],
      ['cache:write', 'PATCH', '/v1/cache/k', '{"ttl":5}'],
      ['cache:write', 'POST', '/v1/cache/n/increment'],
      ['cache:delete', 'DELETE', '/v1/cache/k'],
      ['cache:list', 'GET', '/v1/keys'],
      ['cache:delete', 'DELETE', '/v1/keys?match=*'],
      ['usage:read', 'GET', '/v1/stats'],
      ['admin', 'GET', '/admin/v1/tenants'],
    ];
    const scopes = [...new Set(calls.map(([scope]) => scope))];
    for (const held of scopes) {
      const { client } = await keyOf('default', { scopes: [held] });
      for (const [needed, method, path, body] of calls) {
        const headers = { 'Content-Type': method === 'PATCH' ? 'application/json' : 'text/plain' };
        const answer = await client.send(method, path, { headers, ...(body ? { body: String(body) } : {}) });
        const wasRefused = answer.status === 403 && bodyOf(answer).code === 'insufficient_scope';
        expect([held, method, path, wasRefused]).toEqual([held, method, path, held !== needed]);
      }
    }
  });

  it('are judged for each operation of a batch', async () => {
    const { client } = await keyOf('default', { scopes: ['cache:read'], prefixes: ['a:'] });
    const operations = [
      { op: 'get', key: 'a:1' },
      { op: 'get', key: 'b:1' },
      { op: 'set', key: 'a:1', value: 'v' },
    ];
    const answer = await client.send('POST', '/v1/batch', {
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ operations }),
    });
    expect(bodyOf(answer).results.map(({ status }: { status: number }) => status)).toEqual([404, 403, 403]);
  });

  it('reach only keys with their prefixes, also in listings and patterns', async () => {
    const { client } = await keyOf('default', { scopes: readWrite, prefixes: ['a:', 'b:'] });
    const status = async (method: string, path: string) => (await client.send(method, path)).status;
    expect(await status('PUT', '/v1/cache/a:1')).toBe(201);
    expect(await status('GET', '/v1/cache/a:1')).toBe(200);
    expect(await status('GET', '/v1/cache/c:1')).toBe(403);
    expect(await status('GET', `/v1/b64/${Buffer.from('c:1').toString('base64url')}`)).toBe(403);
    expect(await status('GET', '/v1/keys')).toBe(403);
    expect(await status('GET', '/v1/keys?prefix=a')).toBe(403);
    expect(await status('GET', '/v1/keys?match=*a:')).toBe(403);
    expect(await status('GET', '/v1/keys?prefix=a:')).toBe(200);
    expect(await status('GET', '/v1/keys?match=b:x*')).toBe(200);
    expect(await status('DELETE', '/v1/keys?match=*')).toBe(403);
    expect(await status('DELETE', '/v1/keys?match=a:*')).toBe(200);
  });

  it('end at their time, and at once when they are revoked', async () => {
    const expiresAt = new Date(app.clock.now() + 3_000).toISOString();
    const brief = await keyOf('default', { scopes: ['usage:read'], expiresAt });
    const revoked = await keyOf('default', { scopes: ['usage:read'] });
    const status = async ({ client }: { client: Client }) => (await client.send('GET', '/v1/stats')).status;
    expect([await status(brief), await status(revoked)]).toEqual([200, 200]);
    expect((await admin('DELETE', `/tenants/default/keys/${revoked.id}`)).status).toBe(204);
    expect(await status(revoked)).toBe(401);
    app.clock.advance(3_000);
    expect(await status(brief)).toBe(401);
  });

  it('revoked while it is looked up: the look-up that began before brings nothing back', async () => {
    const { id, key } = await keyOf('default', { scopes: ['usage:read'] });
    const lookedUp = app.keyRing.authenticate(key);
    await app.control.delete(`api-key/${id}`);
    app.keyRing.forget(id);
    await lookedUp;
    expect(await app.keyRing.authenticate(key)).toBeUndefined();
  });

  it('are rotated: both work for the overlap, then the new one alone', async () => {
    const old = await keyOf('default', { scopes: ['usage:read'], prefixes: ['a:'] });
    const answer = await admin('POST', `/tenants/default/keys/${old.id}/rotate`, { overlap: 60 });
    expect(answer.status).toBe(201);
    const made = bodyOf(answer);
    expect(made).toMatchObject({ scopes: ['usage:read'], prefixes: ['a:'], name: 'a key' });
    const fresh = { client: clientWith(made.key) };
    const status = async ({ client }: { client: Client }) => (await client.send('GET', '/v1/stats')).status;
    expect([await status(old), await status(fresh)]).toEqual([200, 200]);
    app.clock.advance(60_000);
    expect([await status(old), await status(fresh)]).toEqual([401, 200]);
  });

  it('are rotated once: the key that took the place is rotated next', async () => {
    const old = await keyOf('default', { scopes: ['usage:read'] });
    const made = bodyOf(await admin('POST', `/tenants/default/keys/${old.id}/rotate`));
    const again = await admin('POST', `/tenants/default/keys/${old.id}/rotate`);
    expect([again.status, bodyOf(again).code]).toEqual([409, 'api_key_rotated']);
    const next = bodyOf(await admin('POST', `/tenants/default/keys/${made.id}/rotate`));
    expect(next.expiresAt).toBeNull();
  });

  it('of one tenant cannot be seen or revoked at the address of another', async () => {
    await admin('POST', '/tenants', { id: 'other' });
    const { id, client } = await keyOf('default', { scopes: ['usage:read'] });
    expect((await admin('DELETE', `/tenants/other/keys/${id}`)).status).toBe(404);
    expect((await client.send('GET', '/v1/stats')).status).toBe(200);
  });
});
