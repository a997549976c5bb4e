import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ifRedis, redisIsMissing, startRedis } from '../../../cache/test/servers/redis.js';
import { startRedisCluster } from '../../../cache/test/servers/redis-cluster.js';
import { type Client, httpClient } from '../support/http-client.js';
import { clientsOfDifferentWorkers } from '../support/processes-of.js';
import { startService } from '../support/service-process.js';
import { describeCoherence } from './describe-coherence.js';

/** With a bus between the processes. */
const atOnce = 1_000;
/** As long as an API key is taken without asking. */
const withoutBus = 5_000;

async function nodesOn(address: string, options: { memory?: string }, stopServer: () => Promise<void>) {
  const [one, other] = await Promise.all([startService(address, options), startService(address, options)]);
  const clients = [httpClient(one.port), httpClient(other.port)] as const;
  return {
    clients,
    clientWith: (key: string) => httpClient(other.port, key),
    async stop() {
      for (const client of clients) client.close();
      await Promise.all([one.stop(), other.stop()]);
      await stopServer();
    },
  };
}

async function nodesOnRedis(options: { memory?: string; query?: string } = {}) {
  const server = await startRedis();
  return nodesOn(`${server.url}/0${options.query ?? ''}`, options, () => server.stop());
}

async function workersOnLmdb(options: { memory?: string }) {
  const folder = await mkdtemp(join(tmpdir(), 'larder-workers-'));
  const service = await startService(`lmdb:${folder}`, { ...options, workers: 2 });
  const [one, other] = (await clientsOfDifferentWorkers(service.port, 2)) as [Client, Client];
  return {
    clients: [one, other] as const,
    // Whichever worker has it: both have to refuse what is revoked.
    clientWith: (key: string) => httpClient(service.port, key),
    async stop() {
      one.close();
      other.close();
      await service.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

describeCoherence({
  name: 'two nodes on a Redis',
  missing: redisIsMissing,
  hasMemory: true,
  controlBound: atOnce,
  start: () => nodesOnRedis(),
});
describeCoherence({
  name: 'two nodes on a Redis, without memory',
  missing: redisIsMissing,
  hasMemory: false,
  controlBound: atOnce,
  start: () => nodesOnRedis({ memory: 'off' }),
});
describeCoherence({
  name: 'two nodes on a Redis without its bus, and so without memory',
  missing: redisIsMissing,
  hasMemory: false,
  controlBound: withoutBus,
  start: () => nodesOnRedis({ query: '?bus=off' }),
});
describeCoherence({
  name: 'two nodes on a Redis Cluster',
  missing: redisIsMissing,
  hasMemory: true,
  controlBound: atOnce,
  async start() {
    const cluster = await startRedisCluster();
    const members = cluster.addresses.map(({ host, port }) => `${host}:${port}`);
    return nodesOn(`redis+cluster://${members.join(',')}`, {}, () => cluster.stop());
  },
});
describeCoherence({
  name: 'two workers on LMDB',
  hasMemory: true,
  controlBound: atOnce,
  start: () => workersOnLmdb({}),
});
describeCoherence({
  name: 'two workers on LMDB, without memory',
  hasMemory: false,
  controlBound: atOnce,
  start: () => workersOnLmdb({ memory: 'off' }),
});

describe.skipIf(redisIsMissing)(`a node whose Redis is gone${ifRedis}`, () => {
  it('answers what it has in memory once ten calls have failed, and everything else with 503', async () => {
    const server = await startRedis();
    const node = await startService(server.url);
    const client = httpClient(node.port);
    const statusOf = async (method: string, key: string, body?: string) =>
      (await client.send(method, `/v1/cache/${key}`, body === undefined ? {} : { body })).status;
    await statusOf('PUT', 'read', 'x');
    expect(await statusOf('GET', 'read')).toBe(200);
    await server.kill();
    // The first may wait for an answer until their deadline.
    for (let call = 0; call < 10; call++) expect([503, 504]).toContain(await statusOf('GET', 'other'));
    expect(await statusOf('GET', 'read')).toBe(200);
    expect(await statusOf('GET', 'other')).toBe(503);
    expect(await statusOf('PUT', 'read', 'y')).toBe(503);
    expect((await client.send('GET', '/readyz')).status).toBe(503);
    client.close();
    await node.stop();
    await server.stop();
  });
});

describe.skipIf(redisIsMissing)(`services that start at once on one Redis${ifRedis}`, () => {
  it('make one first API key', async () => {
    const server = await startRedis();
    const services = await Promise.all(Array.from({ length: 4 }, () => startService(server.url, { bootstrap: false })));
    const greetings = () => services.map(({ output }) => output()).join('');
    await expect.poll(() => greetings().match(/Larder serves on/g)).toHaveLength(services.length);
    expect(new Set(greetings().match(/lrd_live_\w{20,}/g)).size).toBe(1);
    await Promise.all(services.map((service) => service.stop()));
    await server.stop();
  });
});
