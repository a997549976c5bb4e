import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { redisIsMissing, startRedis } from '../../cache/test/servers/redis.js';
import { type FloodResult, floodUntilDenied, windowSecondsFarFromEnd } from './support/flood.js';
import { type Client, httpClient } from './support/http-client.js';
import { type ServiceProcess, startService } from './support/service-process.js';

const connectionsEach = 4;

interface Flooded {
  readonly tenant: string;
  readonly key: string;
}

async function makeTenant(admin: Client, tenant: string, limits: object): Promise<Flooded> {
  const post = async (path: string, body: object) => {
    const headers = { 'Content-Type': 'application/json' };
    const answer = await admin.send('POST', `/admin/v1${path}`, { headers, body: JSON.stringify(body) });
    expect(answer.status).toBe(201);
    return JSON.parse(answer.body.toString());
  };
  await post('/tenants', { id: tenant, limits });
  const scopes = ['cache:read', 'cache:write', 'usage:read'];
  const { key } = await post(`/tenants/${tenant}/keys`, { name: 'k', scopes });
  return { tenant, key };
}

const burst = (requests: number) => ({ burst: { requests, seconds: windowSecondsFarFromEnd(Date.now()) } });
const sumOf = (results: readonly FloodResult[]) => results.reduce((sum, { admitted }) => sum + admitted, 0);

async function flood(services: readonly ServiceProcess[], key: string): Promise<number> {
  const connections = services.flatMap(({ port }) => Array.from({ length: connectionsEach }, () => port));
  const results = await Promise.all(connections.map((port) => floodUntilDenied(port, key)));
  for (const { denied } of results) expect(denied).toBeGreaterThan(0);
  return sumOf(results);
}

function expectWithin2Percent(admitted: number, quota: number): void {
  expect(admitted).toBeLessThanOrEqual(quota);
  expect(admitted).toBeGreaterThanOrEqual(0.98 * quota);
}

describe.skipIf(redisIsMissing !== undefined)('four service processes on one Redis', () => {
  let redis: Awaited<ReturnType<typeof startRedis>>;
  let services: ServiceProcess[];
  let admin: Client;
  beforeAll(async () => {
    redis = await startRedis();
    services = await Promise.all(Array.from({ length: 4 }, () => startService(redis.url)));
    admin = httpClient(services[0]?.port ?? 0);
  }, 60_000);
  afterAll(async () => {
    admin?.close();
    await Promise.all((services ?? []).map((service) => service.stop()));
    await redis?.stop();
  });

  /** How often a process of them has limited by itself, because the counters did not answer it in time. */
  async function fallbacks(): Promise<number> {
    const metrics = await Promise.all(services.map(async ({ base }) => (await fetch(`${base}/metrics`)).text()));
    const countIn = (text: string) => Number(/^larder_limiter_fallbacks_total (\d+)$/m.exec(text)?.[1]);
    return metrics.reduce((sum, text) => sum + countIn(text), 0);
  }

  /** A machine that is busy with other things may keep Redis from answering in time: then it is another case. */
  async function floodWithCounters(flooded: readonly ServiceProcess[], tenant: string, limits: () => object) {
    for (let attempt = 0; attempt < 3; attempt++) {
      const before = await fallbacks();
      const made = await makeTenant(admin, `${tenant}-${attempt}`, limits());
      const admitted = await flood(flooded, made.key);
      if ((await fallbacks()) === before) return { ...made, admitted };
    }
    throw new Error('Redis did not answer in time in any of three attempts: the machine is too busy for this test.');
  }

  it.each([100, 20_000])('flooded at once admit %i, or at most a fiftieth less', { timeout: 90_000 }, async (quota) => {
    const { admitted } = await floodWithCounters(services, `all-${quota}`, () => burst(quota));
    expectWithin2Percent(admitted, quota);
  });

  it.each([100, 20_000])(
    'flooded at one of them admit %i there, or at most a fiftieth less',
    { timeout: 90_000 },
    async (quota) => {
      const { admitted } = await floodWithCounters(services.slice(0, 1), `one-${quota}`, () => burst(quota));
      expectWithin2Percent(admitted, quota);
    },
  );

  it('count a daily quota together, and the usage of the day is what was admitted', { timeout: 90_000 }, async () => {
    const quota = 2_000;
    const daily = () => ({ daily: { requests: quota } });
    const { tenant, admitted } = await floodWithCounters(services, 'daily', daily);
    expectWithin2Percent(admitted, quota);
    const usedToday = async () => {
      const answer = await admin.send('GET', `/admin/v1/tenants/${tenant}/usage`);
      return JSON.parse(answer.body.toString()).days.at(-1);
    };
    await expect.poll(usedToday, { timeout: 10_000 }).toMatchObject({ requests: admitted, misses: admitted });
  });
});

describe.skipIf(redisIsMissing !== undefined)('a service process whose Redis is gone', () => {
  let redis: Awaited<ReturnType<typeof startRedis>>;
  let service: ServiceProcess;
  let admin: Client;
  beforeAll(async () => {
    redis = await startRedis(['--appendonly', 'yes', '--appendfsync', 'always']);
    service = await startService(redis.url);
    admin = httpClient(service.port);
  }, 60_000);
  afterAll(async () => {
    admin?.close();
    await service?.stop();
    await redis?.stop();
  });

  const metric = async (name: string) => {
    const text = await (await fetch(`${service.base}/metrics`)).text();
    return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1]);
  };

  it('limits by itself, counts that, and goes by the shared counters again once they answer', async () => {
    const { key } = await makeTenant(admin, 'alone', burst(10));
    expect(await statuses(service, key, 2)).toEqual([200, 200]);
    await redis.kill();
    expect(await statuses(service, key, 5)).toEqual([200, 200, 200, 200, 200]);
    expect(await metric('larder_limiter_fallbacks_total')).toBeGreaterThan(0);

    await redis.restart();
    // While it goes by itself, it counts every second that it still does.
    await expect.poll(() => metric('larder_limiter_fallbacks_total').then(settles), { timeout: 20_000 }).toBe(true);
    const other = await startService(redis.url);
    try {
      // What was reserved by a call whose answer was lost with Redis is admitted to nobody.
      const admitted = (await statuses(other, key, 5)).filter((status) => status === 200).length;
      expect([2, 3]).toContain(admitted);
    } finally {
      await other.stop();
    }
  }, 60_000);

  it('has the whole quota for itself, and no more', async () => {
    const { key } = await makeTenant(admin, 'whole', burst(10));
    await statuses(service, key, 1);
    await redis.kill();
    const alone = await statuses(service, key, 12);
    expect(alone).toEqual([...Array(9).fill(200), 429, 429, 429]);
    await redis.restart();
  }, 60_000);

  /** Of calls that ask nothing of the store, but for the limits. */
  async function statuses({ port }: ServiceProcess, key: string, count: number): Promise<number[]> {
    const client = httpClient(port, key);
    const seen: number[] = [];
    for (let at = 0; at < count; at++) seen.push((await client.send('GET', '/v1/limits')).status);
    client.close();
    return seen;
  }

  let last = -1;
  const settledFor: number[] = [];
  /** True once the number has been the same for three seconds. */
  function settles(count: number): boolean {
    if (count !== last) settledFor.length = 0;
    last = count;
    settledFor.push(Date.now());
    return Date.now() - (settledFor[0] ?? 0) > 3_000;
  }
});

describe('one service process on LMDB', () => {
  let folder: string;
  let service: ServiceProcess;
  let admin: Client;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'larder-limits-'));
    service = await startService(`lmdb:${folder}`);
    admin = httpClient(service.port);
  }, 60_000);
  afterAll(async () => {
    admin?.close();
    await service?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it.each([100, 20_000])('flooded admits exactly %i', { timeout: 90_000 }, async (quota) => {
    const { key } = await makeTenant(admin, `all-${quota}`, burst(quota));
    expect(await flood([service], key)).toBe(quota);
  });
});
