import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ifRedis, redisIsMissing, startRedis } from '../../../cache/test/servers/redis.js';
import { type Balancer, balancerOf } from '../support/balancer.js';
import { httpClient } from '../support/http-client.js';
import { freePort, type ServiceProcess, startService } from '../support/service-process.js';

const writers = 8;
const keysOfWriter = 40;
const json = { headers: { 'Content-Type': 'application/json' } };
/** How far behind what is in memory of another process may be. */
const bound = 1_000;

type Start = (port: number) => Promise<ServiceProcess>;

interface Load {
  /** What was answered with a 2xx, by key. */
  readonly acknowledged: Map<string, string>;
  increments: number;
  requests: number;
  readonly failures: string[];
  end(): Promise<void>;
}

describe('a rolling restart under load: a client that honours /readyz sees no failed request, and no acknowledged write is lost', () => {
  it.skipIf(redisIsMissing)(
    `of four services on a Redis${ifRedis}`,
    async () => {
      const server = await startRedis();
      onTestFinished(() => server.stop());
      await restartEach(4, (port) => startService(server.url, { port, environment: { LARDER_DRAIN_DELAY: '1s' } }));
    },
    120_000,
  );

  it('of four processes on one LMDB folder, two workers in each of two services', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'larder-rolling-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const environment = { LARDER_DRAIN_DELAY: '1s' };
    await restartEach(2, (port) => startService(`lmdb:${folder}`, { port, workers: 2, environment }), 2);
  }, 120_000);
});

async function restartEach(count: number, start: Start, rounds = 1): Promise<void> {
  const ports: number[] = [];
  for (let node = 0; node < count; node++) ports.push(await freePort());
  const nodes = await Promise.all(ports.map(start));
  onTestFinished(() => Promise.all(nodes.map((node) => node.kill())).then(() => {}));
  const balancer = balancerOf(ports);
  onTestFinished(() => balancer.close());
  await expect.poll(() => balancer.ready.length, { timeout: 10_000 }).toBe(count);

  const load = startLoad(balancer);
  for (let turn = 0; turn < rounds * count; turn++) {
    const before = load.requests;
    await expect.poll(() => load.requests, { timeout: 20_000 }).toBeGreaterThan(before + 100);
    const node = nodes[turn % count] as ServiceProcess;
    expect(await node.stop()).toBe(0);
    nodes[turn % count] = await start(node.port);
    await expect.poll(() => balancer.ready.length, { timeout: 20_000 }).toBe(count);
  }
  await load.end();

  expect(load.failures).toEqual([]);
  expect(load.requests).toBeGreaterThan(100 * rounds * count);
  for (const { port } of nodes) await expectAll(load, port);
}

/** Writes, increments and reads of its own writes, by many at a time, as fast as they are answered. */
function startLoad(balancer: Balancer): Load {
  const failures: string[] = [];
  const acknowledged = new Map<string, string>();
  let isOver = false;
  const load: Load = {
    acknowledged,
    increments: 0,
    requests: 0,
    failures,
    async end() {
      isOver = true;
      await Promise.all(running);
    },
  };

  async function ask(method: string, path: string, wanted: readonly number[], options = {}): Promise<void> {
    load.requests++;
    try {
      const { status, body } = await balancer.send(method, path, options);
      if (!wanted.includes(status)) failures.push(`${method} ${path}: ${status} ${body}`);
    } catch (error) {
      failures.push(`${method} ${path}: ${error}`);
    }
  }

  async function write(writer: number): Promise<void> {
    for (let turn = 0; !isOver; turn++) {
      const key = `w${writer}-${turn % keysOfWriter}`;
      await ask('PUT', `/v1/cache/${key}`, [201, 204], { body: String(turn) });
      acknowledged.set(key, String(turn));
      await ask('GET', `/v1/cache/${key}`, [200]);
      if (turn % 5 !== 0) continue;
      await ask('POST', '/v1/cache/counter/increment', [200], { body: '{}', ...json });
      load.increments++;
    }
  }

  const running = Array.from({ length: writers }, (_, writer) => write(writer));
  return load;
}

async function expectAll({ acknowledged, increments }: Load, port: number): Promise<void> {
  const client = httpClient(port);
  const read = async (key: string) => (await client.send('GET', `/v1/cache/${key}`)).body.toString();
  for (const [key, value] of acknowledged) {
    await expect.poll(() => read(key), { timeout: bound, interval: 10 }).toBe(value);
  }
  await expect.poll(() => read('counter'), { timeout: bound, interval: 10 }).toBe(String(increments));
  client.close();
}
