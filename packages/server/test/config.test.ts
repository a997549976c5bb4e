import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from '../src/config.js';
import { startService } from './support/service-process.js';

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));

describe('the environment', () => {
  it('has a default for everything', () => {
    expect(readConfig({})).toEqual({
      host: '127.0.0.1',
      port: 8080,
      store: { kind: 'lmdb', path: './.larder' },
      controlStore: undefined,
      workers: 1,
      drainDelay: 2_000,
      memory: undefined,
      bootstrapKey: undefined,
      logLevel: 'info',
      webhooksAllowLoopback: false,
      observation: { accessLog: false, keyTypes: [], tenantLabels: false },
    });
  });

  it.each([
    ['LARDER_HOST', '127.0.0.1:80'],
    ['LARDER_HOST', '300.1.1.1'],
    ['LARDER_HOST', ''],
    ['LARDER_PORT', '65536'],
    ['LARDER_PORT', '-1'],
    ['LARDER_PORT', '80a'],
    ['LARDER_PORT', ''],
    ['LARDER_STORE', 'lmdb:'],
    ['LARDER_STORE', './folder'],
    ['LARDER_STORE', 'memory:x'],
    ['LARDER_STORE', 'postgres://user:secret@host'],
    ['LARDER_MEMORY', '64'],
    ['LARDER_MEMORY', '64 MB'],
    ['LARDER_MEMORY', '0mb'],
    ['LARDER_MEMORY', '-1mb'],
    ['LARDER_MEMORY', 'none'],
    ['LARDER_CONTROL_STORE', 'memory:'],
    ['LARDER_CONTROL_STORE', './folder'],
    ['LARDER_CONTROL_STORE', ''],
    ['LARDER_WORKERS', '0'],
    ['LARDER_WORKERS', '129'],
    ['LARDER_WORKERS', '2.5'],
    ['LARDER_WORKERS', 'all'],
    ['LARDER_DRAIN_DELAY', '6s'],
    ['LARDER_DRAIN_DELAY', '5001ms'],
    ['LARDER_DRAIN_DELAY', '2'],
    ['LARDER_DRAIN_DELAY', '-1s'],
    ['PORT', '80a'],
    ['LARDER_BOOTSTRAP_KEY', 'short'],
    ['LARDER_BOOTSTRAP_KEY', ` ${'k'.repeat(40)}`],
    ['LARDER_BOOTSTRAP_KEY', `${'k'.repeat(40)}\n`],
    ['LARDER_LOG_LEVEL', 'loud'],
    ['LARDER_WEBHOOKS_ALLOW_LOOPBACK', 'yes'],
    ['LARDER_ACCESS_LOG', 'yes'],
    ['LARDER_METRICS_TENANTS', 'true'],
    ['LARDER_KEY_TYPES', 'user'],
    ['LARDER_KEY_TYPES', ''],
  ])('%s=%j is refused by name, with an example', (name, value) => {
    expect(() => readConfig({ [name]: value })).toThrow(ConfigError);
    expect(() => readConfig({ [name]: value })).toThrow(new RegExp(`^${name} cannot be used: .* Example: ${name}=`));
  });

  it.each([
    ['64mb', '64mb'],
    ['1gb', '1gb'],
    ['0', 'off'],
    ['off', 'off'],
  ])('LARDER_MEMORY=%s is taken', (text, memory) => {
    expect(readConfig({ LARDER_MEMORY: text }).memory).toBe(memory);
  });

  it.each([
    ['0s', 0],
    ['500ms', 500],
    ['5s', 5_000],
  ])('LARDER_DRAIN_DELAY=%s is taken', (text, delay) => {
    expect(readConfig({ LARDER_DRAIN_DELAY: text }).drainDelay).toBe(delay);
  });

  it.each([
    [{ PORT: '9000' }, 9_000],
    [{ PORT: '9000', LARDER_PORT: '9001' }, 9_001],
    [{ PORT: '' }, 8_080],
    [{}, 8_080],
  ])('%j listens on port %i', (environment, port) => {
    expect(readConfig(environment).port).toBe(port);
  });

  it('LARDER_WORKERS is refused where each would have entries of its own', () => {
    const environment = { LARDER_WORKERS: '2', LARDER_STORE: 'memory:' };
    expect(() => readConfig(environment)).toThrow(
      /^LARDER_WORKERS cannot be used: with LARDER_STORE=memory: .* such as lmdb:\.\/\.larder\. Example: LARDER_WORKERS=1$/,
    );
  });

  it('takes switches, and types of keys', () => {
    const environment = { LARDER_ACCESS_LOG: 'on', LARDER_METRICS_TENANTS: 'off', LARDER_KEY_TYPES: 'user:*=user' };
    expect(readConfig(environment).observation).toEqual({
      accessLog: true,
      keyTypes: [{ type: 'user', start: 'user:', isWhole: false }],
      tenantLabels: false,
    });
  });

  it('LARDER_MEMORY=off is refused where entries are nowhere else', () => {
    const environment = { LARDER_MEMORY: 'off', LARDER_STORE: 'memory:' };
    expect(() => readConfig(environment)).toThrow(/^LARDER_MEMORY cannot be used: .* Example: LARDER_MEMORY=64mb$/);
  });

  it('never shows a secret', () => {
    const shown = (environment: Record<string, string>) => {
      try {
        readConfig(environment);
        return '';
      } catch (error) {
        return String(error);
      }
    };
    expect(shown({ LARDER_BOOTSTRAP_KEY: 'hunter2' })).not.toContain('hunter2');
    for (const name of ['LARDER_STORE', 'LARDER_CONTROL_STORE'])
      expect(shown({ [name]: 'postgres://user:hunter2@host' })).not.toContain('hunter2');
  });

  it('names all that is wrong at once', () => {
    expect(() => readConfig({ LARDER_PORT: 'x', LARDER_LOG_LEVEL: 'x' })).toThrow(/LARDER_PORT[\s\S]*LARDER_LOG_LEVEL/);
  });
});

const start = (environment: Record<string, string>) =>
  spawnSync(process.execPath, [main], {
    env: { PATH: process.env.PATH, ...environment },
    encoding: 'utf8',
    timeout: 20_000,
  });

describe('a start that cannot succeed', () => {
  it('ends with 1 and one clear line for a wrong value', () => {
    const { status, stdout, stderr } = start({ LARDER_PORT: 'eighty' });
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^LARDER_PORT cannot be used: .*\n$/);
  });

  it('says so when the port is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    const { status, stderr } = start({ LARDER_PORT: String(port), LARDER_STORE: 'memory:' });
    server.close();
    expect(status).toBe(1);
    expect(stderr).toContain(String(port));
    expect(stderr).not.toMatch(/\bat .*:\d+:\d+/);
  });

  it('says so when the folder cannot be made', () => {
    const { status, stderr } = start({ LARDER_STORE: 'lmdb:/proc/larder', LARDER_PORT: '0' });
    expect(status).toBe(1);
    expect(stderr).not.toMatch(/\bat .*:\d+:\d+/);
    expect(stderr.trim()).not.toBe('');
  });
});

describe('a second service on one folder', () => {
  it('ends with 1 and one clear line that names the first, which goes on', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'larder-second-'));
    const first = await startService(`lmdb:${folder}`);
    const { status, stdout, stderr } = start({ LARDER_STORE: `lmdb:${folder}`, LARDER_PORT: '0' });
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^LARDER_STORE cannot be opened: .* is in use: process \d+ has it open.*\n$/);
    expect(stderr).toContain(`process ${first.child.pid} `);
    expect((await fetch(`${first.base}/readyz`)).status).toBe(200);
    await first.stop();
    await rm(folder, { recursive: true, force: true });
  });
});

describe('the first start', () => {
  it('makes one key, prints it once with lines to paste, and accepts it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'larder-first-'));
    const service = await startService(`lmdb:${folder}`, { bootstrap: false });
    // It is ready a moment before it has made the key and said so.
    await expect.poll(service.output).toContain(service.base);
    const key = /lrd_live_\w+/.exec(service.output())?.[0] as string;
    expect(service.output().match(/^ {2}curl /gm)).toHaveLength(3);
    const answer = await fetch(`${service.base}/v1/cache/k`, {
      method: 'PUT',
      body: 'x',
      headers: { Authorization: `Bearer ${key}` },
    });
    expect(answer.status).toBe(201);
    const spoilt = `${key.slice(0, -1)}${key.endsWith('a') ? 'b' : 'a'}`;
    const refused = await fetch(`${service.base}/v1/cache/k`, { headers: { Authorization: `Bearer ${spoilt}` } });
    expect(refused.status).toBe(401);
    await service.stop();

    const again = await startService(`lmdb:${folder}`, { bootstrap: false });
    await expect.poll(again.output).toContain(again.base);
    expect(again.output()).not.toMatch(/lrd_live_\w{20}/);
    const kept = await fetch(`${again.base}/v1/cache/k`, { headers: { Authorization: `Bearer ${key}` } });
    expect(await kept.text()).toBe('x');
    await again.stop();
    await rm(folder, { recursive: true, force: true });
  });
});
