import { expect, it } from 'vitest';
import type { RestContext } from '../rest-context.js';
import { tenantWith } from '../tenant-under-test.js';

/** Long, so that a test lies in one of them. */
const seconds = 86_400;

export function describeLimits(context: RestContext): void {
  const { callJson, json, store } = context;
  const isOneProcess = store.workers === undefined;
  /** What is left, as `RateLimit` tells it: of several processes none knows exactly what the others have used. */
  const left = (policy: string, count: number) =>
    expect.stringMatching(new RegExp(`^"${policy}";r=${isOneProcess ? count : '\\d+'};t=\\d+$`));

  // Several processes: limits-across-processes.test.ts. One may hold what another asks for, for a moment.
  it.skipIf(!isOneProcess)('rate limits are told in RateLimit-Policy and RateLimit, and refuse with 429', async () => {
    const { call } = await tenantWith(context, { burst: { requests: 4, seconds }, daily: { requests: 100 } });
    for (const [path, status, count] of [
      ['/v1/cache/absent', 404, 3],
      ['/v1/keys?limit=0', 400, 2],
      ['/admin/v1/tenants', 403, 1],
      ['/v1/stats', 200, 0],
    ] as const) {
      const answer = await call('GET', path);
      expect([path, answer.status]).toEqual([path, status]);
      expect(answer.headers['ratelimit-policy']).toBe(`"burst";q=4;w=${seconds},"daily";q=100;w=86400`);
      expect(answer.headers.ratelimit).toEqual(left('burst', count));
    }
    for (const [method, path] of [
      ['GET', '/v1/cache/absent'],
      ['PUT', '/v1/cache/k'],
      ['GET', '/v1/limits'],
    ] as const) {
      const refused = await call(method, path, method === 'PUT' ? 'x' : undefined);
      expect([refused.status, json(refused).code]).toEqual([429, 'rate_limited']);
      expect(refused.headers.ratelimit).toMatch(/^"burst";r=0;t=[1-9]\d*$/);
      expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    }
    expect((await context.call('GET', '/v1/stats')).headers.ratelimit).toBeUndefined();
  });

  it('a daily quota refuses with 429 quota_exceeded', async () => {
    const { call } = await tenantWith(context, { daily: { requests: 1 } });
    expect((await call('GET', '/v1/cache/absent')).headers.ratelimit).toEqual(left('daily', 0));
    const refused = await call('GET', '/v1/cache/absent');
    expect([refused.status, json(refused).code]).toEqual([429, 'quota_exceeded']);
    expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(86_400);
  });

  it('a batch costs one unit an operation, and is done as a whole or not at all', async () => {
    const { call } = await tenantWith(context, { burst: { requests: 10, seconds } });
    const batch = (count: number) => {
      const operations = Array.from({ length: count }, () => ({ op: 'increment', key: 'n' }));
      return call('POST', '/v1/batch', JSON.stringify({ operations }));
    };
    expect((await batch(4)).headers.ratelimit).toEqual(left('burst', 6));
    const refused = await batch(7);
    expect([refused.status, json(refused).code]).toEqual([429, 'rate_limited']);
    const read = await call('GET', '/v1/cache/n');
    expect([read.body.toString(), read.headers.ratelimit]).toEqual(['4', left('burst', 5)]);
    expect((await batch(5)).status).toBe(200);
    expect((await batch(1)).status).toBe(429);
  });

  it('GET /v1/limits tells the limits, what is left of them, and what the service and its store take', async () => {
    const { call } = await tenantWith(context, { burst: { requests: 100, seconds }, concurrency: 7, defaultTtl: 60 });
    await call('GET', '/v1/cache/absent');
    const document = json(await call('GET', '/v1/limits'));
    expect(document).toMatchObject({
      tenant: { burst: { requests: 100, seconds }, daily: null, concurrency: 7, defaultTtl: 60 },
      remaining: { burst: { requests: isOneProcess ? 98 : expect.any(Number), seconds: expect.any(Number) } },
      service: { keyBytes: 512, valueBytes: 1_048_576, batchOperations: 100, keysPerPage: 1_000 },
      store: { list: store.lists, index: store.lists },
    });
  });

  it('PATCH …/limits holds at once, and administration itself is not limited', async () => {
    const { id, call } = await tenantWith(context, { burst: { requests: 1, seconds } });
    expect((await call('GET', '/v1/cache/absent')).status).toBe(404);
    expect((await call('GET', '/v1/cache/absent')).status).toBe(429);
    // Who may not administrate is limited there too.
    expect((await call('GET', '/admin/v1/tenants')).status).toBe(429);
    const limits = await callJson('PATCH', `/admin/v1/tenants/${id}/limits`, { burst: { requests: 3, seconds } });
    expect(limits.status).toBe(200);
    // What was used before counts.
    expect((await call('GET', '/v1/cache/absent')).headers.ratelimit).toEqual(left('burst', 1));
    await callJson('PATCH', `/admin/v1/tenants/${id}`, { limits: { burst: null } });
    for (let at = 0; at < 5; at++) expect((await call('GET', '/v1/cache/absent')).status).toBe(404);
  });

  it.skipIf(!store.lists || !isOneProcess)(
    'storage quotas refuse writes with 507; reads, deletes and touches go on',
    async () => {
      const { call } = await tenantWith(context, { entries: 3, storedBytes: 100 });
      for (const key of ['a', 'b']) expect((await call('PUT', `/v1/cache/${key}`, 'x')).status).toBe(201);
      const large = await call('PUT', '/v1/cache/large', 'x'.repeat(100));
      expect([large.status, json(large).code]).toEqual([507, 'storage_quota']);
      expect((await call('POST', '/v1/cache/n/increment')).status).toBe(200);
      const batch = await call('POST', '/v1/batch', '{"operations": [{"op": "set", "key": "d", "value": 1}]}');
      expect(json(batch).results[0]).toMatchObject({ status: 507, code: 'storage_quota' });
      expect((await call('POST', '/v1/cache/m/increment')).status).toBe(507);
      // What is there can be written again, read, counted on and deleted.
      expect((await call('PUT', '/v1/cache/a', 'yz')).status).toBe(204);
      expect((await call('POST', '/v1/cache/n/increment')).status).toBe(200);
      expect((await call('GET', '/v1/cache/a')).status).toBe(200);
      const patch = JSON.stringify({ a: 'x'.repeat(100) });
      expect((await call('PATCH', '/v1/cache/n', patch)).status).toBe(507);
      const touch = await call('POST', '/v1/batch', '{"operations": [{"op": "touch", "key": "a", "ttl": 60}]}');
      expect(json(touch).results[0].status).toBe(200);
      expect((await call('DELETE', '/v1/cache/b')).status).toBe(204);
      expect((await call('PUT', '/v1/cache/c', 'x')).status).toBe(201);
      expect((await call('PUT', '/v1/cache/d', 'x')).status).toBe(507);
    },
  );

  it.skipIf(isOneProcess)('storage quotas of several processes refuse writes soon after they are used up', async () => {
    const { call } = await tenantWith(context, { entries: 10 });
    let written = 0;
    const writeAnother = async () => (await call('PUT', `/v1/cache/${written++}`, 'x')).status;
    await expect.poll(writeAnother, { interval: 50, timeout: 20_000 }).toBe(507);
    expect(written).toBeGreaterThan(10);
  });

  it.skipIf(store.lists)('storage quotas are refused where the store cannot list its keys', async () => {
    const { id } = await tenantWith(context, {});
    for (const limits of [{ entries: 3 }, { storedBytes: 100 }]) {
      for (const answer of [
        await callJson('POST', '/admin/v1/tenants', { id: 'another', limits }),
        await callJson('PATCH', `/admin/v1/tenants/${id}`, { limits }),
        await callJson('PATCH', `/admin/v1/tenants/${id}/limits`, limits),
      ]) {
        expect([answer.status, json(answer).code]).toEqual([501, 'unsupported_by_store']);
      }
    }
  });
}
