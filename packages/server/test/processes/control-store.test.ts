import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { isMemcachedMissing, startMemcached } from '../../../cache/test/servers/memcached.js';
import { ifRedis, redisIsMissing, startRedis } from '../../../cache/test/servers/redis.js';
import { httpClient } from '../support/http-client.js';
import { startService } from '../support/service-process.js';

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const memcachedIsMissing = isMemcachedMissing ? ' (skipped: memcached is missing)' : '';
const evicting = ['--maxmemory', '100mb', '--maxmemory-policy', 'allkeys-lru'];
const json = { headers: { 'Content-Type': 'application/json' } };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'larder-control-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const refusedStart = (environment: Record<string, string>) => {
  const options = { cwd: folder, env: { PATH: process.env.PATH, LARDER_PORT: '0', ...environment }, timeout: 20_000 };
  const { status, stdout, stderr } = spawnSync(process.execPath, [main], { ...options, encoding: 'utf8' });
  return { status, stdout, lines: stderr.trimEnd().split('\n') };
};

async function redis(options: readonly string[] = []) {
  const server = await startRedis(options);
  onTestFinished(() => server.stop());
  return server;
}

async function memcached() {
  const server = await startMemcached();
  onTestFinished(() => server.stop());
  return `memcached://127.0.0.1:${server.port}`;
}

async function serviceOn(store: string, environment: Record<string, string> = {}) {
  const service = await startService(store, { folder, environment: { LARDER_LOG_LEVEL: 'warn', ...environment } });
  onTestFinished(() => service.kill());
  const client = httpClient(service.port);
  onTestFinished(() => client.close());
  const makeTenant = async (id: string) =>
    (await client.send('POST', '/admin/v1/tenants', { body: JSON.stringify({ id }), ...json })).status;
  const hasTenant = async (id: string) => (await client.send('GET', `/admin/v1/tenants/${id}`)).status === 200;
  return { ...service, client, makeTenant, hasTenant };
}

describe('a control store that is named, and may lose what it is given, is refused with what to write instead', () => {
  it('memory:', () => {
    const { status, stdout, lines } = refusedStart({ LARDER_CONTROL_STORE: 'memory:' });
    expect([status, stdout, lines.length]).toEqual([1, '', 1]);
    expect(lines[0]).toMatch(
      /^LARDER_CONTROL_STORE cannot be used: memory: forgets .* Example: LARDER_CONTROL_STORE=lmdb:\.\/\.larder$/,
    );
  });

  it.skipIf(isMemcachedMissing)(`memcached${memcachedIsMissing}`, async () => {
    const { status, stdout, lines } = refusedStart({ LARDER_CONTROL_STORE: await memcached() });
    expect([status, stdout, lines.length]).toEqual([1, '', 1]);
    expect(lines[0]).toMatch(
      /^LARDER_CONTROL_STORE cannot be used: what memcached: is given may vanish .*: name a store that keeps them\. Example: /,
    );
  });

  it.skipIf(redisIsMissing)(`a Redis that evicts${ifRedis}`, async () => {
    const server = await redis([...evicting, '--requirepass', 'hunter2']);
    const address = `redis://:hunter2@127.0.0.1:${server.port}`;
    for (const environment of [
      { LARDER_CONTROL_STORE: address },
      { LARDER_CONTROL_STORE: address, LARDER_STORE: address },
    ]) {
      const { status, stdout, lines } = refusedStart(environment);
      expect([status, stdout, lines.length]).toEqual([1, '', 1]);
      expect(lines[0]).toMatch(
        /^LARDER_CONTROL_STORE cannot be used: .*set its maxmemory-policy to noeviction, or name a store that keeps them\. Example: /,
      );
      expect(lines[0]).not.toContain('hunter2');
    }
  });
});

describe('a control store that cannot be opened', () => {
  it('is told from that of the entries', async () => {
    const taken = await serviceOn(`lmdb:${folder}/taken`);
    const { status, lines } = refusedStart({
      LARDER_STORE: `lmdb:${folder}/entries`,
      LARDER_CONTROL_STORE: `lmdb:${folder}/taken`,
    });
    expect([status, lines.length]).toEqual([1, 1]);
    expect(lines[0]).toMatch(/^LARDER_CONTROL_STORE cannot be opened: .* is in use: process \d+ has it open/);
    await taken.stop();
  });

  it('is told where nobody answers', () => {
    const { status, lines } = refusedStart({ LARDER_CONTROL_STORE: 'redis://127.0.0.1:1' });
    expect([status, lines.length]).toEqual([1, 1]);
    expect(lines[0]).toMatch(/^LARDER_CONTROL_STORE cannot be opened: .*Redis cannot be reached/);
  });
});

describe('tenants and API keys', () => {
  it('are in memory beside entries in memory, which the log says', async () => {
    const { makeTenant, output } = await serviceOn('memory:');
    expect(await makeTenant('shop')).toBe(201);
    expect(output()).toContain('tenants and API keys are in memory');
    expect(await readdir(folder)).toEqual([]);
  });

  it('are kept beside entries in memory where a store is named', async () => {
    const environment = { LARDER_CONTROL_STORE: 'lmdb:./control' };
    const first = await serviceOn('memory:', environment);
    await first.makeTenant('shop');
    await first.stop();
    const second = await serviceOn('memory:', environment);
    expect(await second.hasTenant('shop')).toBe(true);
    expect(second.output()).not.toContain('API keys are in memory');
  });

  it('may name the folder of the entries', async () => {
    const { makeTenant } = await serviceOn('lmdb:./data', { LARDER_CONTROL_STORE: `lmdb:${folder}/data` });
    expect(await makeTenant('shop')).toBe(201);
    expect(await readdir(folder)).toEqual(['data']);
  });

  it.skipIf(isMemcachedMissing)(`are in ./.larder beside entries on memcached${memcachedIsMissing}`, async () => {
    const address = await memcached();
    const first = await serviceOn(address);
    await first.makeTenant('shop');
    expect(first.output()).toMatch(/may lose what it is given: tenants and API keys are kept in \.\/\.larder/);
    await first.stop();
    expect(await readdir(folder)).toEqual(['.larder']);
    const second = await serviceOn(await memcached());
    expect(await second.hasTenant('shop')).toBe(true);
    expect((await second.client.send('PUT', '/v1/cache/k', { body: 'x' })).status).toBe(201);
  });

  it.skipIf(redisIsMissing)(`are in ./.larder beside entries on a Redis that evicts${ifRedis}`, async () => {
    const server = await redis(evicting);
    const { client, hasTenant, makeTenant, output } = await serviceOn(server.url);
    await makeTenant('shop');
    expect((await client.send('PUT', '/v1/cache/k', { body: 'x' })).status).toBe(201);
    expect(output()).toContain('kept in ./.larder');
    const admin = new Redis(server.port);
    await admin.flushall();
    admin.disconnect();
    expect(await hasTenant('shop')).toBe(true);
  });

  it.skipIf(redisIsMissing)(
    `are with the entries on a Redis that refuses what it has no room for${ifRedis}`,
    async () => {
      const server = await redis(['--maxmemory', '100mb', '--maxmemory-policy', 'noeviction']);
      const { makeTenant, output } = await serviceOn(server.url);
      await makeTenant('shop');
      expect(output()).not.toContain('"level":"warn"');
      expect(await readdir(folder)).toEqual([]);
      const other = await serviceOn(server.url);
      expect(await other.hasTenant('shop')).toBe(true);
    },
  );

  it.skipIf(redisIsMissing)(`are with the entries where Redis may not be asked, with a warning${ifRedis}`, async () => {
    const server = await redis();
    const admin = new Redis(server.port);
    await admin.call('ACL', 'SETUSER', 'larder', 'on', '>secret-of-redis', '~*', '&*', '+@all', '-info', '-config');
    admin.disconnect();
    const address = `redis://larder:secret-of-redis@127.0.0.1:${server.port}`;
    const { makeTenant, output } = await serviceOn(address);
    expect(await makeTenant('shop')).toBe(201);
    expect(output()).toContain('could not be found out: see that its maxmemory-policy is noeviction');
    expect(output()).not.toContain('secret-of-redis');
  });
});
