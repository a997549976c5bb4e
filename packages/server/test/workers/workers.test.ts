import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { redisIsMissing, startRedis } from '../../../cache/test/servers/redis.js';
import { type Client, httpClient } from '../support/http-client.js';
import { childrenOf, clientsOfDifferentWorkers, isRunning } from '../support/processes-of.js';
import { apiKey, end, type ServiceProcess, startService } from '../support/service-process.js';

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const workers = 3;

describe('larder serve --workers', () => {
  let folder: string;
  let service: ServiceProcess | undefined;
  const clients: Client[] = [];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'larder-workers-'));
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    await service?.kill();
    service = undefined;
    await rm(folder, { recursive: true, force: true });
  });

  const start = async (options: Parameters<typeof startService>[1] = {}): Promise<ServiceProcess> => {
    service = await startService(`lmdb:${folder}`, { workers, ...options });
    return service;
  };
  const clientsOf = async ({ port }: ServiceProcess, count: number) => {
    const found = await clientsOfDifferentWorkers(port, count);
    clients.push(...found);
    return found as [Client, ...Client[]];
  };
  const metric = async (client: Client, name: string) => {
    const { body } = await client.send('GET', '/metrics');
    return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(body.toString())?.[1]);
  };

  it('greets once, with one API key, which every worker takes', async () => {
    const { base, child, output, port } = await start({ bootstrap: false });
    await expect.poll(output).toContain(`Larder serves on ${base} with ${workers} workers`);
    await expect.poll(() => childrenOf(child.pid as number)).toHaveLength(workers);
    await clientsOf(service as ServiceProcess, workers);
    expect(output().match(/Larder serves/g)).toHaveLength(1);
    const keys = new Set(output().match(/lrd_live_\w{20,}/g));
    expect(keys.size).toBe(1);
    for (let request = 0; request < 2 * workers; request++) {
      const client = httpClient(port, [...keys][0]);
      expect((await client.send('GET', '/v1/cache/k')).status).toBe(404);
      client.close();
    }
  });

  it('ends with 0 on SIGTERM, and with it all workers', async () => {
    const running = await start();
    await clientsOf(running, workers);
    const pids = await childrenOf(running.child.pid as number);
    expect(pids).toHaveLength(workers);
    expect(await running.stop()).toBe(0);
    expect(pids.filter(isRunning)).toEqual([]);
  });

  it('kills a worker that is stuck when its time is over, and ends with 1', async () => {
    const running = await start();
    await clientsOf(running, workers);
    const [stuck] = await childrenOf(running.child.pid as number);
    process.kill(stuck as number, 'SIGSTOP');
    const begun = performance.now();
    expect(await running.stop()).toBe(1);
    expect(performance.now() - begun).toBeLessThan(10_500);
    expect(isRunning(stuck as number)).toBe(false);
  });

  it('ends its workers with itself when it is killed', async () => {
    const running = await start();
    await clientsOf(running, workers);
    const pids = await childrenOf(running.child.pid as number);
    await running.kill();
    await expect.poll(() => pids.filter(isRunning), { timeout: 5_000 }).toEqual([]);
  });

  it('ends with 0 on a SIGTERM that comes before it serves', async () => {
    const environment = { LARDER_PORT: '0', LARDER_STORE: `lmdb:${folder}`, LARDER_BOOTSTRAP_KEY: apiKey };
    const child = spawn(process.execPath, [main, 'serve', '--workers', '3'], {
      env: { PATH: process.env.PATH, LARDER_DRAIN_DELAY: '0s', ...environment },
      stdio: 'ignore',
    });
    await expect.poll(() => childrenOf(child.pid as number), { interval: 2, timeout: 5_000 }).not.toEqual([]);
    const [first] = await childrenOf(child.pid as number);
    expect(await end(child, 'SIGTERM')).toBe(0);
    expect(isRunning(first as number)).toBe(false);
  });

  it('adds up what all workers counted, whichever is asked, also of one that has died', async () => {
    const running = await start();
    const all = await clientsOf(running, workers);
    for (const client of all) await client.send('PUT', '/v1/cache/k', { body: 'x' });
    for (const client of all) {
      expect(await metric(client, 'larder_writes_total')).toBe(workers);
      const { body } = await client.send('GET', '/v1/stats');
      expect(JSON.parse(body.toString())).toMatchObject({ writes: workers });
    }
    const [victim] = await childrenOf(running.child.pid as number);
    process.kill(victim as number, 'SIGKILL');
    await expect.poll(() => isRunning(victim as number)).toBe(false);
    const next = httpClient(running.port);
    clients.push(next);
    expect(await metric(next, 'larder_writes_total')).toBe(workers);
  });

  it('loses nothing that was answered when a worker is killed under load, and starts another', async () => {
    const running = await start();
    await clientsOf(running, workers);
    const before = await childrenOf(running.child.pid as number);
    const acknowledged = new Map<string, string>();
    let failures = 0;
    let isOver = false;
    const writer = async (id: number) => {
      let client = httpClient(running.port);
      for (let turn = 0; !isOver; turn++) {
        const key = `w${id}-${turn % 20}`;
        try {
          const { status } = await client.send('PUT', `/v1/cache/${key}`, { body: String(turn) });
          expect([201, 204]).toContain(status);
          acknowledged.set(key, String(turn));
        } catch {
          // Its worker was killed: what this write did is not known.
          failures++;
          acknowledged.delete(key);
          client.close();
          client = httpClient(running.port);
        }
      }
      client.close();
    };
    const load = Promise.all(Array.from({ length: 12 }, (_, id) => writer(id)));
    await expect.poll(() => acknowledged.size).toBeGreaterThan(100);
    process.kill(before[1] as number, 'SIGKILL');
    await expect
      .poll(() => childrenOf(running.child.pid as number), { timeout: 10_000 })
      .toEqual(expect.not.arrayContaining([before[1]]));
    await expect.poll(async () => (await childrenOf(running.child.pid as number)).length, { timeout: 10_000 }).toBe(3);
    const written = acknowledged.size;
    await new Promise((resolve) => setTimeout(resolve, 500));
    isOver = true;
    await load;
    expect(written).toBeGreaterThan(0);
    // A connection that broke, and perhaps the next, which was on its way to the same worker.
    expect(failures).toBeLessThanOrEqual(24);
    const [reader] = await clientsOf(running, workers);
    for (const [key, value] of acknowledged) {
      const read = async () => (await reader.send('GET', `/v1/cache/${key}`)).body.toString();
      await expect.poll(read, { timeout: 1_000 }).toBe(value);
    }
    expect(running.child.exitCode).toBeNull();
  });

  it.skipIf(redisIsMissing)('serves from other stores too', async () => {
    const server = await startRedis();
    service = await startService(server.url, { workers: 2 });
    const [one, other] = await clientsOf(service, 2);
    await one.send('PUT', '/v1/cache/k', { body: 'x' });
    expect((await other?.send('GET', '/v1/cache/k'))?.body.toString()).toBe('x');
    expect(await service.stop()).toBe(0);
    await server.stop();
  });
});

describe('larder serve --workers, where it cannot start', () => {
  const start = (environment: Record<string, string>, ...parameters: string[]) => {
    const env = { PATH: process.env.PATH, LARDER_PORT: '0', LARDER_BOOTSTRAP_KEY: apiKey, ...environment };
    const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'serve', ...parameters], {
      env,
      encoding: 'utf8',
      timeout: 20_000,
    });
    return { status, stdout, lines: stderr.trimEnd().split('\n') };
  };

  it('says once what is wrong, and ends with 1', () => {
    const { status, stdout, lines } = start({ LARDER_STORE: 'lmdb:/proc/larder' }, '--workers', '3');
    expect([status, stdout, lines.length]).toEqual([1, '', 1]);
    expect(lines[0]).toMatch(/^LARDER_STORE cannot be opened: /);
  });

  it('refuses memory:, of which each worker would have its own', () => {
    const { status, lines } = start({ LARDER_STORE: 'memory:' }, '--workers', '3');
    expect([status, lines.length]).toEqual([1, 1]);
    expect(lines[0]).toMatch(/^LARDER_WORKERS cannot be used: with LARDER_STORE=memory: /);
  });

  it.each([
    [['--workers', 'many'], 1, /^LARDER_WORKERS cannot be used: "many" is no whole number from 1 to 128\. /],
    [['--wrokers', '2'], 2, /--wrokers/],
    [['--workers'], 2, /--workers/],
    [['two'], 2, /takes nothing behind/],
  ])('refuses %j', (parameters, code, message) => {
    const { status, lines } = start({ LARDER_STORE: 'memory:' }, ...parameters);
    expect(status).toBe(code);
    expect(lines[0]).toMatch(message);
  });
});
