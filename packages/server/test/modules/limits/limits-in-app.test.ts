import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type Store, StoreError } from '@larder/cache';
import { memoryMapStore } from '@larder/cache/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AppInProcess, startApp } from '../../support/app-in-process.js';
import { apiKey } from '../../support/service-process.js';

let app: AppInProcess;
let countersFail = false;
beforeEach(async () => {
  countersFail = false;
  app = await startApp({ store: storeWhoseCountersMayFail() });
});
afterEach(() => app.close());

function storeWhoseCountersMayFail(): Store {
  const store = memoryMapStore();
  return Object.assign(Object.create(store) as Store, {
    modify: (...call: Parameters<Store['modify']>) =>
      countersFail && call[0].includes('rate/')
        ? Promise.reject(new StoreError('LARDER_STORE_FAILED', 'The counters are away.'))
        : store.modify(...call),
  });
}

const setLimits = async (limits: object) => {
  const headers = { 'Content-Type': 'application/json' };
  const body = JSON.stringify(limits);
  const answer = await app.client.send('PATCH', '/admin/v1/tenants/default/limits', { headers, body });
  expect(answer.status).toBe(200);
};
const read = () => app.client.send('GET', '/v1/cache/absent');
const metric = async (name: string) => {
  const text = (await app.client.send('GET', '/metrics')).body.toString();
  return Number(new RegExp(`^${name.replace(/[{}]/g, '\\$&')} (\\d+)$`, 'm').exec(text)?.[1]);
};

describe('rate limits', () => {
  it('hold for who may not administrate, also at the addresses of administration', async () => {
    await setLimits({ burst: { requests: 2, seconds: 60 } });
    const terms = { tenant: 'default', name: 'reader', scopes: ['cache:read'] } as const;
    const { text } = await app.apiKeyRecords.create(terms, app.clock.now());
    const headers = { Authorization: `Bearer ${text}` };
    const statuses = [];
    for (let at = 0; at < 4; at++)
      statuses.push((await app.client.send('GET', '/admin/v1/tenants', { headers })).status);
    expect(statuses).toEqual([403, 403, 429, 429]);
    expect((await app.client.send('GET', '/admin/v1/tenants')).status).toBe(200);
  });

  it('and quotas that are used up are no failures of the service: nothing is logged', async () => {
    await setLimits({ entries: 1 });
    for (const key of ['a', 'b']) await app.client.send('PUT', `/v1/cache/${key}`, { body: 'x' });
    const operations = [{ op: 'set', key: 'c', value: 1 }];
    const batch = await app.client.send('POST', '/v1/batch', {
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ operations }),
    });
    expect(JSON.parse(batch.body.toString()).results[0].status).toBe(507);
    expect(app.log).toEqual([]);
  });

  it('begin anew with each window, and with each day', async () => {
    await setLimits({ burst: { requests: 2, seconds: 60 }, daily: { requests: 5 } });
    const statuses = async (count: number) => {
      const seen = [];
      for (let at = 0; at < count; at++) seen.push((await read()).status);
      return seen;
    };
    expect(await statuses(3)).toEqual([404, 404, 429]);
    app.clock.advance(60_000);
    expect(await statuses(3)).toEqual([404, 404, 429]);
    app.clock.advance(60_000);
    expect(await statuses(2)).toEqual([404, 429]);
    const refused = await read();
    expect(JSON.parse(refused.body.toString()).code).toBe('quota_exceeded');
    // The fake clock began at midnight.
    expect(refused.headers['retry-after']).toBe(String(86_400 - 120));
    app.clock.advance(86_400_000 - 120_000);
    expect(await statuses(1)).toEqual([404]);
  });

  it('Retry-After and t are whole seconds to the end of the window, rounded up', async () => {
    await setLimits({ burst: { requests: 1, seconds: 60 } });
    app.clock.advance(17_500);
    expect((await read()).headers.ratelimit).toBe('"burst";r=0;t=43');
    expect((await read()).headers['retry-after']).toBe('43');
  });

  it('what one policy denies, the other does not count', async () => {
    await setLimits({ burst: { requests: 1, seconds: 60 }, daily: { requests: 100 } });
    for (let at = 0; at < 10; at++) await read();
    app.clock.advance(60_000);
    await setLimits({ burst: null });
    expect((await read()).headers.ratelimit).toMatch(/^"daily";r=98;/);
  });

  it('are counted as denials by their policy', async () => {
    await setLimits({ burst: { requests: 1, seconds: 60 } });
    for (let at = 0; at < 4; at++) await read();
    expect(await metric('larder_limiter_denials_total{policy="burst"}')).toBe(3);
    expect(await metric('larder_limiter_denials_total{policy="daily"}')).toBe(0);
  });

  it('are those of this process alone while the counters fail, and a metric tells', async () => {
    countersFail = true;
    await setLimits({ burst: { requests: 3, seconds: 60 } });
    const statuses = [];
    for (let at = 0; at < 5; at++) statuses.push((await read()).status);
    expect(statuses).toEqual([404, 404, 404, 429, 429]);
    expect(await metric('larder_limiter_fallbacks_total')).toBe(1);

    countersFail = false;
    app.clock.advance(10_000);
    app.metering.look();
    // What was admitted meanwhile is told to the others.
    await expect.poll(() => app.shared.get('rate/default/burst/60/28401120')).toBe(3);
    expect((await read()).status).toBe(429);
  });
});

describe('the concurrency of a tenant', () => {
  const open: Socket[] = [];
  afterEach(() => {
    for (const socket of open.splice(0)) socket.destroy();
  });

  async function beginPut(): Promise<Socket> {
    const socket = connect(app.port, '127.0.0.1');
    open.push(socket);
    await once(socket, 'connect');
    socket.write(
      `PUT /v1/cache/k HTTP/1.1\r\nHost: larder\r\nX-API-Key: ${apiKey}\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n`,
    );
    await once(socket, 'data');
    return socket;
  }

  it('is how many requests it may have under way; the next is refused with 429 and Retry-After: 1', async () => {
    await setLimits({ concurrency: 2 });
    const first = await beginPut();
    await beginPut();
    const refused = await read();
    expect([refused.status, JSON.parse(refused.body.toString()).code]).toEqual([429, 'rate_limited']);
    expect(refused.headers['retry-after']).toBe('1');
    expect(await metric('larder_limiter_denials_total{policy="concurrency"}')).toBe(1);
    first.write('xy');
    await once(first, 'data');
    expect((await read()).status).toBe(404);
  });

  it('counts no request whose client has gone', async () => {
    await setLimits({ concurrency: 1 });
    const gone = await beginPut();
    expect((await read()).status).toBe(429);
    gone.destroy();
    await expect.poll(async () => (await read()).status).toBe(404);
  });

  it('that is refused costs no unit', async () => {
    await setLimits({ concurrency: 1, burst: { requests: 100, seconds: 60 } });
    await beginPut();
    for (let at = 0; at < 5; at++) expect((await read()).headers.ratelimit).toBe('"burst";r=99;t=60');
  });
});
