import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { builtInStores } from '@larder/cache/config';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ifRedis, redisIsMissing, startRedis } from '../../cache/test/servers/redis.js';
import { apiKey, end, freePort, untilReady } from './support/service-process.js';

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));

async function folderWith(file: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'larder-yaml-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'larder.yaml'), file);
  return folder;
}

/** A start that is refused, in a folder with this larder.yaml. */
async function refusedStart(file: string, environment: Record<string, string> = {}) {
  const options = { cwd: await folderWith(file), env: { PATH: process.env.PATH, ...environment }, timeout: 20_000 };
  const { status, stdout, stderr } = spawnSync(process.execPath, [main], { ...options, encoding: 'utf8' });
  return { status, stdout, lines: stderr.trimEnd().split('\n') };
}

interface Started {
  readonly child: ChildProcess;
  readonly base: string;
  output(): string;
}

async function start(folder: string, port: number, environment: Record<string, string>): Promise<Started> {
  const env = { PATH: process.env.PATH, LARDER_DRAIN_DELAY: '0s', ...environment };
  const child = spawn(process.execPath, [main], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(async () => void (await end(child, 'SIGKILL')));
  const printed: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => printed.push(String(data)));
  const output = () => printed.join('');
  const base = `http://127.0.0.1:${port}`;
  await untilReady(base, child, output);
  return { child, base, output };
}

const headers = { Authorization: `Bearer ${apiKey}` };

describe('a service with a larder.yaml in its folder', () => {
  it('starts as it says: port, store and key', async () => {
    const port = await freePort();
    const folder = await folderWith(`
store: lmdb:./\${DATA:data}
service:
  port: ${port}
  bootstrapKey: \${KEY}
  logLevel: error
`);
    const { base, child } = await start(folder, port, { KEY: apiKey });
    expect((await fetch(`${base}/v1/cache/k`, { method: 'PUT', body: 'x', headers })).status).toBe(201);
    expect(await (await fetch(`${base}/v1/cache/k`, { headers })).text()).toBe('x');
    expect(await end(child, 'SIGTERM')).toBe(0);
    expect(await readdir(folder)).toContain('data');
  });

  it('follows its environment where that says something else', async () => {
    const port = await freePort();
    const folder = await folderWith(`store: lmdb:./data\nservice: { port: 1, bootstrapKey: ${'x'.repeat(40)} }`);
    const environment = { LARDER_PORT: String(port), LARDER_STORE: 'memory:', LARDER_BOOTSTRAP_KEY: apiKey };
    const { base, child } = await start(folder, port, environment);
    expect((await fetch(`${base}/v1/cache/k`, { headers })).status).toBe(404);
    await end(child, 'SIGTERM');
    expect(await readdir(folder)).toEqual(['larder.yaml']);
  });

  it('listens where PORT says, as its platform wants, and in as many processes as it says', async () => {
    const port = await freePort();
    const folder = await folderWith(
      'store: lmdb:./data\nservice: { port: 1, workers: 2, drainDelay: 0s, controlStore: lmdb:./control }',
    );
    const { child, output } = await start(folder, port, { PORT: String(port), LARDER_BOOTSTRAP_KEY: apiKey });
    await expect.poll(output).toContain(`on http://127.0.0.1:${port} with 2 workers`);
    expect(await end(child, 'SIGTERM')).toBe(0);
    expect((await readdir(folder)).sort()).toEqual(['control', 'data', 'larder.yaml']);
  });

  it('keeps what is in memory within the bounds of the address', async () => {
    const port = await freePort();
    const folder = await folderWith(`store: memory:?maxEntries=2\nservice: { port: ${port} }`);
    const { base, child } = await start(folder, port, { LARDER_BOOTSTRAP_KEY: apiKey });
    for (let at = 0; at < 10; at++) await fetch(`${base}/v1/cache/k${at}`, { method: 'PUT', body: 'x', headers });
    const { keys } = (await (await fetch(`${base}/v1/keys`, { headers })).json()) as { keys: string[] };
    expect(keys.length).toBeLessThanOrEqual(2);
    await end(child, 'SIGTERM');
  });

  it('encrypts what it keeps', async () => {
    const port = await freePort();
    const folder = await folderWith(`store: lmdb:./data\nencryption: { keys: "one:\${SECRET}" }\ncompression: gzip`);
    const environment = {
      LARDER_PORT: String(port),
      LARDER_BOOTSTRAP_KEY: apiKey,
      SECRET: '0123456789abcdef'.repeat(4),
    };
    const { base, child, output } = await start(folder, port, environment);
    await fetch(`${base}/v1/cache/k`, { method: 'PUT', body: 'to be kept secret', headers });
    expect(await (await fetch(`${base}/v1/cache/k`, { headers })).text()).toBe('to be kept secret');
    expect(output()).not.toContain('does not use');
    await end(child, 'SIGTERM');
    const file = await readFile(join(folder, 'data', 'data.mdb'), 'latin1');
    expect(file).toContain('tenants');
    expect(file).not.toContain('to be kept secret');
  });

  it('says what it does not use, which programs with the library may', async () => {
    const port = await freePort();
    const folder = await folderWith(
      'store: "memory:"\nmemory: { maxBytes: 1mb, policy: lru }\nttl: 1h\nnamespaces: { user: { ttl: 1m } }',
    );
    const { child, output } = await start(folder, port, { LARDER_PORT: String(port), LARDER_BOOTSTRAP_KEY: apiKey });
    expect(output()).toMatch(
      /"message":"the service does not use these settings","settings":"memory\.policy ttl namespaces.user"/,
    );
    await end(child, 'SIGTERM');
  });
});

describe.skipIf(redisIsMissing)(`a service whose larder.yaml names a Redis${ifRedis}`, () => {
  it('keeps its entries and keys there, for every instance', async () => {
    const redis = await startRedis(['--requirepass', 'p@ss/word']);
    onTestFinished(() => redis.stop());
    const file = `store:\n  url: redis://127.0.0.1:${redis.port}/1?prefix=service\n  password: $\{PASSWORD}\nmemory: { maxBytes: 1mb, policy: lru }`;
    const [one, other] = await Promise.all(
      [1, 2].map(async () => {
        const port = await freePort();
        const environment = { LARDER_PORT: String(port), LARDER_BOOTSTRAP_KEY: apiKey, PASSWORD: 'p@ss/word' };
        return start(await folderWith(file), port, environment);
      }),
    );
    await fetch(`${one?.base}/v1/cache/k`, { method: 'PUT', body: 'x', headers });
    expect(await (await fetch(`${other?.base}/v1/cache/k`, { headers })).text()).toBe('x');
    // It is ready a moment before it says so.
    await expect.poll(() => one?.output()).toContain('keeps its entries behind redis:');
    expect(one?.output()).toContain('"settings":"memory.policy"');
    expect(one?.output()).not.toContain('p@ss');
  });
});

describe('a service with a larder.yaml that cannot be used', () => {
  it('ends with 1 and all that is wrong, in the file and in the environment', async () => {
    const file = 'stroe: lmdb:./x\nservice:\n  port: eighty\n  logLevel: loud\nstore: postgres://u:hunter2@h';
    const { status, stdout, lines } = await refusedStart(file, { LARDER_HOST: '300.1.1.1' });
    expect([status, stdout]).toEqual([1, '']);
    expect(lines).toEqual([
      'larder.yaml:1: stroe is unknown: did you mean store? Example: store: lmdb:./.larder',
      'LARDER_HOST cannot be used: "300.1.1.1" is no address or host name. Example: LARDER_HOST=127.0.0.1',
      'larder.yaml:3: service.port cannot be used: "eighty" is no whole number from 0 to 65535. Example: port: 8080',
      `larder.yaml:5: store cannot be used: "postgres" names no store of this version: there are ${Object.keys(builtInStores).join(', ')}. Example: store: lmdb:./.larder or memory:`,
      'larder.yaml:4: service.logLevel cannot be used: "loud" is not one of silent, error, warn, info, debug. Example: logLevel: info',
    ]);
  });

  it.each([
    ['no YAML', 'service: [', /^larder\.yaml:\d: /],
    [
      'an unknown name of the service',
      'service: { prot: 80 }',
      /^larder\.yaml:1: service\.prot is unknown: did you mean port\? /,
    ],
    ['nothing', 'service: { port: }', /^larder\.yaml:1: service\.port cannot be used: it is empty\. /],
    [
      'a secret in the wrong place',
      `service: { logLevel: "$\{SECRET}" }`,
      /^larder\.yaml:1: service\.logLevel cannot be used: its value is not one of /,
    ],
    [
      'a key that is too short',
      'service: { bootstrapKey: hunter2 }',
      /^larder\.yaml:1: service\.bootstrapKey cannot be used: it is shorter than 32 characters\. /,
    ],
  ])('ends with one clear line for %s', async (_, file, line) => {
    const { status, lines } = await refusedStart(file, { SECRET: 'hunter2', LARDER_STORE: 'memory:' });
    expect([status, lines.length]).toEqual([1, 1]);
    expect(lines[0]).toMatch(line);
    expect(lines[0]).not.toContain('hunter2');
  });

  it('ends with one clear line where LARDER_CONFIG names no file', async () => {
    const { status, lines } = await refusedStart('', { LARDER_CONFIG: './other.yaml' });
    expect(status).toBe(1);
    expect(lines).toEqual([
      'LARDER_CONFIG cannot be used: there is no file "./other.yaml". Example: LARDER_CONFIG=./larder.yaml',
    ]);
  });
});
