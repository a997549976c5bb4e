import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AppInProcess, startApp } from './support/app-in-process.js';
import { rawRequest } from './support/raw-request.js';
import { apiKey } from './support/service-process.js';

const json = { headers: { 'Content-Type': 'application/json' } };
const auth = `Authorization: Bearer ${apiKey}`;

describe.each([
  ['read from the store', {}],
  ['held in memory', { memory: { values: 'share' } }],
] as const)('what passes with time, of entries %s', (_name, tier) => {
  let app: AppInProcess;
  beforeEach(async () => {
    app = await startApp({ limits: { headTimeout: 400, requestTimeout: 800 }, ...tier });
  });
  afterEach(() => app.close());

  it('an entry is gone when its time to live is over, and Cache-TTL counts down, rounded up', async () => {
    const { client, clock } = app;
    const remaining = async () => (await client.send('GET', '/v1/cache/k')).headers['cache-ttl'];
    await client.send('PUT', '/v1/cache/k?ttl=10', { body: 'x' });
    expect(await remaining()).toBe('10');
    clock.advance(1);
    expect(await remaining()).toBe('10');
    clock.advance(9_000);
    expect(await remaining()).toBe('1');
    clock.advance(999);
    expect((await client.send('GET', '/v1/cache/k')).status).toBe(404);
    expect((await client.send('PATCH', '/v1/cache/k', { body: '{"ttl": 5}', ...json })).status).toBe(404);
    expect((await client.send('PUT', '/v1/cache/k', { body: 'x', headers: { 'If-None-Match': '*' } })).status).toBe(
      201,
    );
  });

  it('a touch gives a life from now on and keeps the version; persist gives one without end', async () => {
    const { client, clock } = app;
    const { headers } = await client.send('PUT', '/v1/cache/k?ttl=10', { body: 'x' });
    clock.advance(9_000);
    await client.send('PATCH', '/v1/cache/k', { body: '{"ttl": 10}', ...json });
    clock.advance(9_000);
    const touched = await client.send('GET', '/v1/cache/k');
    expect([touched.status, touched.headers.etag]).toEqual([200, headers.etag]);
    await client.send('PATCH', '/v1/cache/k', { body: '{"persist": true}', ...json });
    clock.advance(1e12);
    expect((await client.send('GET', '/v1/cache/k')).status).toBe(200);
  });

  it('an existing counter keeps its life, so that a window ends', async () => {
    const { client, clock } = app;
    const increment = () => client.send('POST', '/v1/cache/n/increment', { body: '{"ttl": 60}', ...json });
    await increment();
    clock.advance(59_000);
    expect(JSON.parse((await increment()).body.toString())).toEqual({ value: 2 });
    clock.advance(1_000);
    expect(JSON.parse((await increment()).body.toString())).toEqual({ value: 1 });
  });

  it('a key that was revoked elsewhere works for five seconds at the most', async () => {
    const { apiKeyRecords, clock, control, port, tenant } = app;
    const terms = { tenant: tenant.id, name: 'short-lived', scopes: ['usage:read'] } as const;
    const { text: key } = await apiKeyRecords.create(terms, clock.now());
    const statusWith = (text: string) =>
      rawRequest(port, `GET /v1/stats HTTP/1.1\r\nHost: larder\r\nX-API-Key: ${text}\r\n\r\n`).then(
        ({ status, body }) => [status, JSON.parse(body).detail],
      );
    expect((await statusWith(key))[0]).toBe(200);
    await control.deleteMatching('api-key/*');
    clock.advance(5_000);
    // The same answer as for a key that never was.
    const unknown = await statusWith('lrd_live_0123456789_nothing');
    expect(await statusWith(key)).toEqual(unknown);
    expect(unknown[0]).toBe(401);
  });

  it('a head that does not end is answered with 408', async () => {
    const { status, body } = await rawRequest(app.port, 'GET /v1/cache/k HTTP/1.1\r\nHost: larder\r\n');
    expect([status, JSON.parse(body).code]).toEqual([408, 'request_timeout']);
  });

  it('a body that does not end is given up with its connection', async () => {
    const socket = connect({ port: app.port, host: '127.0.0.1' });
    socket.on('error', () => {});
    socket.resume();
    socket.write(`PUT /v1/cache/k HTTP/1.1\r\nHost: larder\r\n${auth}\r\nContent-Length: 10\r\n\r\nabc`);
    await once(socket, 'close');
    expect((await app.client.send('GET', '/v1/cache/k')).status).toBe(404);
  });
});

describe('a service that drains', () => {
  it('is not ready, serves what still comes, and closes its connections', async () => {
    const app = await startApp();
    const { client, lifecycle } = app;
    try {
      await client.send('PUT', '/v1/cache/k', { body: 'x' });
      lifecycle.startDraining();
      const ready = await client.send('GET', '/readyz');
      expect([ready.status, JSON.parse(ready.body.toString()).code]).toEqual([503, 'draining']);
      const answers = [
        ready,
        await client.send('GET', '/v1/cache/k'),
        await client.send('PUT', '/v1/cache/k', { body: 'y' }),
        await client.send('GET', '/v1/stats'),
        await client.send('GET', '/livez'),
      ];
      expect(answers.map(({ status }) => status)).toEqual([503, 200, 204, 200, 200]);
      expect(answers.map(({ headers }) => headers.connection)).toEqual(answers.map(() => 'close'));
    } finally {
      await app.close();
    }
  });
});
