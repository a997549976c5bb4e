import { createHmac } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { type AppInProcess, startApp } from '../../support/app-in-process.js';
import { type HookServer, startHookServer } from '../../support/hook-server.js';
import type { Answer } from '../../support/http-client.js';

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close();
});

async function start(options: Parameters<typeof startApp>[0] = {}): Promise<AppInProcess> {
  const app = await startApp(options);
  opened.push(app);
  return app;
}

async function startHook(): Promise<HookServer> {
  const hook = await startHookServer();
  opened.push(hook);
  return hook;
}

const bodyOf = ({ body }: Answer) => JSON.parse(body.toString());
const admin = ({ client }: AppInProcess, method: string, path: string, body?: unknown) =>
  client.send(method, `/admin/v1${path}`, {
    headers: { 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

async function make(app: AppInProcess, terms: object) {
  const made = await admin(app, 'POST', '/webhooks', { tenant: 'default', events: ['expiry'], ...terms });
  expect(made.status).toBe(201);
  return bodyOf(made);
}

describe('webhooks over the admin API', () => {
  it('are made, listed page by page, looked at and removed; the secret is shown once', async () => {
    const app = await start();
    const first = await make(app, { url: 'http://127.0.0.1:1/a' });
    expect(first).toMatchObject({ tenant: 'default', url: 'http://127.0.0.1:1/a', waiting: 0, lost: 0, latest: null });
    expect(first.secret).toMatch(/^whsec_[\w-]{43}$/);
    const given = await make(app, { url: 'http://127.0.0.1:1/b', secret: 'a-secret-of-my-own' });
    expect(given.secret).toBe('a-secret-of-my-own');
    const ids = [];
    let path = '/webhooks?limit=1';
    for (;;) {
      const { data, nextCursor } = bodyOf(await admin(app, 'GET', path));
      ids.push(...data.map(({ id }: { id: string }) => id));
      expect(JSON.stringify(data)).not.toContain('secret');
      if (nextCursor === null) break;
      path = `/webhooks?limit=1&cursor=${nextCursor}`;
    }
    expect(ids).toEqual([first.id, given.id].sort());
    expect(bodyOf(await admin(app, 'GET', `/webhooks/${first.id}`)).secret).toBeUndefined();
    expect((await admin(app, 'DELETE', `/webhooks/${first.id}`)).status).toBe(204);
    const audit = bodyOf(await admin(app, 'GET', '/audit'));
    const target = { tenant: 'default', webhookId: first.id };
    expect(audit.data.at(0)).toMatchObject({ action: 'webhook.remove', target });
    expect(audit.data.at(-1)).toMatchObject({ action: 'webhook.create', target });
    expect(JSON.stringify(audit)).not.toContain(first.secret);
    for (const method of ['GET', 'DELETE']) {
      const gone = await admin(app, method, `/webhooks/${first.id}`);
      expect([gone.status, bodyOf(gone).code]).toEqual([404, 'webhook_not_found']);
    }
  });

  it.each([
    [{}, 400],
    [{ url: 'https://169.254.169.254/' }, 400],
    [{ url: 'gopher://x/' }, 400],
    [{ url: 'https://hooks.example/', events: [] }, 400],
    [{ url: 'https://hooks.example/', events: ['everything'] }, 400],
    [{ url: 'https://hooks.example/', secret: 'short' }, 400],
    [{ url: 'https://hooks.example/', secret: 'with a space in it!' }, 400],
    [{ url: 'https://hooks.example/', unknown: 1 }, 400],
    [{ url: 'http://127.0.0.1:1/', tenant: 'nobody' }, 404],
  ])('%j is refused', async (terms, status) => {
    const app = await start();
    const answer = await admin(app, 'POST', '/webhooks', { tenant: 'default', events: ['expiry'], ...terms });
    expect(answer.status).toBe(status);
    expect(bodyOf(await admin(app, 'GET', '/webhooks')).data).toEqual([]);
  });

  it('on expiry are refused with 501 where the store cannot say what has expired', async () => {
    const app = await start({ webhooks: { tellsExpiry: false } });
    const terms = { tenant: 'default', url: 'http://127.0.0.1:1/' };
    expect((await admin(app, 'POST', '/webhooks', { ...terms, events: ['expiry', 'quota'] })).status).toBe(501);
    expect((await admin(app, 'POST', '/webhooks', { ...terms, events: ['quota'] })).status).toBe(201);
  });

  it('go with their tenant', async () => {
    const app = await start();
    await admin(app, 'POST', '/tenants', { id: 'shop' });
    await make(app, { url: 'http://127.0.0.1:1/', tenant: 'shop' });
    const stays = await make(app, { url: 'http://127.0.0.1:1/' });
    await admin(app, 'DELETE', '/tenants/shop');
    expect(bodyOf(await admin(app, 'GET', '/webhooks')).data).toMatchObject([{ id: stays.id }]);
  });
});

describe('webhooks', () => {
  it('are told of what they want, of their tenant, signed by their secret', async () => {
    const app = await start();
    const [quota, expiry, foreign] = [await startHook(), await startHook(), await startHook()];
    await admin(app, 'POST', '/tenants', { id: 'other' });
    const { secret } = await make(app, { url: quota.url, events: ['quota'] });
    await make(app, { url: expiry.url });
    await make(app, { url: foreign.url, events: ['quota', 'expiry'], tenant: 'other' });
    await app.webhooks.tell('default', 'quota', { quota: 'daily', used: 80 });
    await expect.poll(() => quota.received.length).toBe(1);
    const [{ body, signature, event } = { body: '', signature: '', event: undefined }] = quota.received;
    expect(event).toEqual({
      id: expect.stringMatching(/^evt_[\da-f]{24}$/),
      type: 'quota',
      tenant: 'default',
      createdAt: new Date(app.clock.now()).toISOString(),
      data: { quota: 'daily', used: 80 },
    });
    const time = Math.floor(app.clock.now() / 1_000);
    const signed = createHmac('sha256', secret).update(`${time}.${body}`).digest('hex');
    expect(signature).toBe(`t=${time},v1=${signed}`);
    expect([expiry.received, foreign.received]).toEqual([[], []]);
  });

  it('are told once a day that a quota is used up', async () => {
    const app = await start();
    const hook = await startHook();
    await make(app, { url: hook.url, events: ['quota'] });
    await admin(app, 'PATCH', '/tenants/default/limits', { daily: { requests: 2 }, entries: 1 });
    const quotas = () => hook.received.map(({ event }) => event.data.quota).sort();
    const statuses = [];
    for (const key of ['a', 'b', 'c', 'd']) {
      statuses.push((await app.client.send('PUT', `/v1/cache/${key}`, { body: 'x' })).status);
    }
    expect(statuses).toEqual([201, 507, 429, 429]);
    await expect.poll(quotas).toEqual(['daily', 'storage']);
    app.clock.advance(86_400_000);
    for (const key of ['a', 'b', 'c']) await app.client.send('GET', `/v1/cache/${key}`);
    await expect.poll(quotas).toEqual(['daily', 'daily', 'storage']);
    expect(new Set(hook.received.map(({ event }) => event.id)).size).toBe(3);
  });

  it('are told of entries that expire, many in one delivery', async () => {
    const app = await start();
    const hook = await startHook();
    await make(app, { url: hook.url });
    for (const key of ['a', 'b', 'c']) await app.client.send('PUT', `/v1/cache/${key}?ttl=1`, { body: 'x' });
    await app.client.send('PUT', '/v1/cache/stays', { body: 'x' });
    const keys = () => hook.received.flatMap(({ event }) => event.data.keys ?? []).sort();
    await expect
      .poll(
        () => {
          app.clock.advance(100);
          return keys();
        },
        { interval: 5, timeout: 10_000 },
      )
      .toEqual(['a', 'b', 'c']);
    expect(hook.received.every(({ event }) => event.type === 'expiry')).toBe(true);
  });

  it('are told of API keys that end', async () => {
    const app = await start();
    const hook = await startHook();
    await make(app, { url: hook.url, events: ['key-expiry'] });
    const expiresAt = new Date(app.clock.now() + 86_400_000).toISOString();
    await admin(app, 'POST', '/tenants/default/keys', { name: 'brief', scopes: ['cache:read'], expiresAt });
    // Time flies here, so that one may be sent twice: the answer comes after the deadline.
    const once = () => new Map(hook.received.map(({ event }) => [event.id, event])).values();
    const states = () => [...once()].map(({ type, data }) => [type, data.name, data.state]);
    const passing = async (millis: number, wanted: unknown) => {
      app.clock.advance(millis);
      await expect.poll(() => {
        app.clock.advance(15_000);
        return states();
      }).toEqual(wanted); // biome-ignore format: one expectation
    };
    await passing(0, [['key-expiry', 'brief', 'expiring']]);
    await passing(86_400_000, [
      ['key-expiry', 'brief', 'expiring'],
      ['key-expiry', 'brief', 'expired'],
    ]);
  });

  it('that another process made are told within seconds', async () => {
    const app = await start();
    const hook = await startHook();
    // As a process does that has never heard of this one.
    const { id } = await make(app, { url: hook.url, events: ['quota'] });
    const record = await app.webhooks.records.get(id);
    await app.webhooks.remove(id);
    if (record === undefined) throw new Error('There is no record of the webhook.');
    await app.webhooks.queue.open(id);
    await app.webhooks.records.create(record);
    await app.webhooks.tell('default', 'quota', { at: 'once' });
    app.clock.advance(12_000);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await app.webhooks.tell('default', 'quota', { at: 'later' });
    await expect.poll(() => hook.received.map(({ event }) => event.data)).toEqual([{ at: 'later' }]);
  });

  it('show what became of the latest attempt, without the answer', async () => {
    const app = await start();
    const hook = await startHook();
    hook.answer = 500;
    const { id } = await make(app, { url: hook.url, events: ['quota'] });
    await app.webhooks.tell('default', 'quota', {});
    const shown = async () => bodyOf(await admin(app, 'GET', `/webhooks/${id}`));
    await expect
      .poll(async () => (await shown()).latest)
      .toEqual({
        at: new Date(app.clock.now()).toISOString(),
        delivered: false,
        reason: 'it answered 500',
      });
    expect((await shown()).waiting).toBe(1);
    hook.answer = 204;
    app.clock.advance(5_000);
    await expect.poll(async () => (await shown()).latest?.delivered).toBe(true);
    expect((await shown()).waiting).toBe(0);
  });
});
