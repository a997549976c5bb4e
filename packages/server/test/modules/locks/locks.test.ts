import { memoryMapStore } from '@larder/cache/testing';
import { afterEach, describe, expect, it } from 'vitest';
import type { Scope } from '../../../src/modules/api-keys/scopes.js';
import { type AppInProcess, startApp } from '../../support/app-in-process.js';
import { type Answer, type Client, httpClient } from '../../support/http-client.js';

let app: AppInProcess;
const clients: Client[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await app.close();
});

const bodyOf = ({ body }: Answer) => JSON.parse(body.toString());
const ask = (client: Client, method: string, name: string, tag?: string, body: unknown = { ttl: 10 }) =>
  client.send(method, `/v1/locks/${encodeURIComponent(name)}`, {
    headers: { 'Content-Type': 'application/json', ...(tag === undefined ? {} : { 'If-Match': tag }) },
    ...(method === 'DELETE' ? {} : { body: JSON.stringify(body) }),
  });

async function clientOf(tenant: string, terms: { scopes: readonly Scope[]; prefixes?: string[] }): Promise<Client> {
  const headers = { 'Content-Type': 'application/json' };
  await app.client.send('POST', '/admin/v1/tenants', { headers, body: JSON.stringify({ id: tenant }) });
  const body = JSON.stringify({ name: 'a key', ...terms });
  const made = await app.client.send('POST', `/admin/v1/tenants/${tenant}/keys`, { headers, body });
  const client = httpClient(app.port, bodyOf(made).key);
  clients.push(client);
  return client;
}

describe('the end of a lock', () => {
  it('comes by itself; its holder can no longer extend it, and the next fencing number is greater', async () => {
    app = await startApp();
    const first = await ask(app.client, 'POST', 'k');
    app.clock.advance(10_000 + 150);
    const second = await ask(app.client, 'POST', 'k');
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(bodyOf(second).fencingToken).toBeGreaterThan(bodyOf(first).fencingToken);
    expect((await ask(app.client, 'PATCH', 'k', String(first.headers.etag))).status).toBe(412);
    expect((await ask(app.client, 'DELETE', 'k', String(first.headers.etag))).status).toBe(412);
    expect((await ask(app.client, 'PATCH', 'k', String(second.headers.etag))).status).toBe(200);
  });

  it('is told to whoever finds it held, and an extension moves it', async () => {
    app = await startApp();
    const tag = String((await ask(app.client, 'POST', 'k')).headers.etag);
    app.clock.advance(4_000);
    expect((await ask(app.client, 'POST', 'k')).headers['retry-after']).toBe('7');
    await ask(app.client, 'PATCH', 'k', tag, { ttl: 60 });
    expect((await ask(app.client, 'POST', 'k')).headers['retry-after']).toBe('61');
    app.clock.advance(60_000);
    expect((await ask(app.client, 'DELETE', 'k', tag)).status).toBe(204);
  });

  it('never makes fencing numbers begin anew, not even if the store forgets everything', async () => {
    app = await startApp({ store: memoryMapStore() });
    const before = bodyOf(await ask(app.client, 'POST', 'k')).fencingToken;
    await app.close();
    app = await startApp({ store: memoryMapStore() });
    app.clock.advance(1);
    expect(bodyOf(await ask(app.client, 'POST', 'k')).fencingToken).toBeGreaterThan(before);
  });
});

describe('who may have a lock', () => {
  it('each tenant has locks of its own', async () => {
    app = await startApp();
    const one = await clientOf('one', { scopes: ['locks'] });
    const other = await clientOf('other', { scopes: ['locks'] });
    const taken = await ask(one, 'POST', 'k');
    expect([taken.status, (await ask(other, 'POST', 'k')).status]).toEqual([201, 201]);
    expect((await ask(other, 'PATCH', 'k', String(taken.headers.etag))).status).toBe(412);
  });

  it('the API key needs the scope, and a prefix that reaches the name', async () => {
    app = await startApp();
    const reader = await clientOf('one', { scopes: ['cache:read', 'cache:write'] });
    const narrow = await clientOf('one', { scopes: ['locks'], prefixes: ['job:'] });
    for (const method of ['POST', 'PATCH', 'DELETE']) {
      for (const [client, name] of [
        [reader, 'job:1'],
        [narrow, 'report'],
      ] as const) {
        const answer = await ask(client, method, name, '"token"');
        expect([answer.status, bodyOf(answer).code]).toEqual([403, 'insufficient_scope']);
      }
    }
    expect((await ask(narrow, 'POST', 'job:1')).status).toBe(201);
  });
});
