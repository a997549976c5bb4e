import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createCache } from '@larder/cache';
import { lmdbStore } from '@larder/cache/lmdb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ifRedis, redisIsMissing, startRedis } from '../../../cache/test/servers/redis.js';
import { apiKey, freePort, type ServiceProcess, startService } from '../support/service-process.js';

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** The built command against a built service, as processes of their own. */
describe('larder, as a process', () => {
  let folder: string;
  let service: ServiceProcess;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'larder-cli-'));
    service = await startService(`lmdb:${join(folder, 'data')}`);
  });
  afterAll(async () => {
    await service.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const environment = () => ({ PATH: process.env.PATH, LARDER_URL: service.base, LARDER_KEY: apiKey });
  function larder(words: readonly string[], { input = '' as string | Uint8Array, env = {} } = {}) {
    const options = { cwd: folder, env: { ...environment(), ...env }, input, timeout: 20_000, maxBuffer: 2 ** 24 };
    const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...words], options);
    return { code: status, bytes: stdout, out: stdout.toString(), error: stderr.toString() };
  }
  const shell = (script: string) =>
    spawnSync('sh', ['-c', script], {
      env: { ...environment(), LARDER: `${process.execPath} ${main}`, FOLDER: folder },
      timeout: 30_000,
      encoding: 'utf8',
    });

  it('carries a megabyte of any bytes through pipes', async () => {
    await writeFile(join(folder, 'in'), randomBytes(1_000_000));
    const piped = shell('cat "$FOLDER/in" | $LARDER set big --ttl 1h && $LARDER get big | cat > "$FOLDER/out"');
    expect({ code: piped.status, error: piped.stderr }).toEqual({ code: 0, error: '' });
    expect((await readFile(join(folder, 'out'))).equals(await readFile(join(folder, 'in')))).toBe(true);
  });

  it('ends quietly where the reader of the pipe has seen enough', () => {
    larder(['set', 'big'], { input: Buffer.alloc(1_000_000, 'x') });
    const { stdout, stderr } = shell('$LARDER get big | head -c 5');
    expect({ stdout, stderr }).toEqual({ stdout: 'xxxxx', stderr: '' });
  });

  it.each(['.', '../..', 'a/b', '%', '?#', 'e\u0301', '💥', "it's", '$(x)', '\\'])('keeps the key %j', (key) => {
    expect(larder(['set', '--', key, `of ${key}`]).code).toBe(0);
    expect(larder(['get', '--', key]).out).toBe(`of ${key}`);
    expect(JSON.parse(larder(['inspect', '--json', '--', key]).out).key).toBe(key);
  });

  it('makes a key that works, and of which a script gets nothing but the key', () => {
    const made = shell(
      'KEY=$($LARDER keys create --name ci --scope cache:read 2>/dev/null) && LARDER_KEY=$KEY $LARDER get absent',
    );
    expect(made.status).toBe(3);
  });

  it('ends with 4 for a wrong key and 6 for a service that is not there, as JSON too, and shows no key', async () => {
    const wrong = larder(['get', 'k'], { env: { LARDER_KEY: 'some-key-of-somebody-else' } });
    expect(wrong).toMatchObject({ code: 4, out: '' });
    const away = larder(['get', 'k', '--json'], { env: { LARDER_URL: `http://127.0.0.1:${await freePort()}` } });
    expect(away).toMatchObject({ code: 6, out: '' });
    expect(JSON.parse(away.error).error).toMatchObject({ code: 'unreachable', exitCode: 6 });
    expect(wrong.error + away.error).not.toMatch(/some-key|the-key-of/);
  });

  it('shows statistics until Ctrl-C', async () => {
    const child = spawn(process.execPath, [main, 'stats', '--json', '--interval', '0.2'], { env: environment() });
    let out = '';
    child.stdout.on('data', (data) => {
      out += data;
    });
    while (out.split('\n').length < 4) await once(child.stdout, 'data');
    child.kill('SIGINT');
    const [code, signal] = await once(child, 'exit');
    expect({ code, signal }).toEqual({ code: 0, signal: null });
    for (const line of out.trimEnd().split('\n')) expect(JSON.parse(line)).toHaveProperty('perSecond.requests');
  });

  it('is ended by Ctrl-C while it waits for standard input', async () => {
    const child = spawn(process.execPath, [main, 'set', 'k'], { env: environment(), stdio: ['pipe', 'pipe', 'pipe'] });
    child.stdin.write('some');
    // Piped input is read once the process has come that far.
    while (child.stdin.writableLength > 0) await once(child.stdin, 'drain');
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    child.kill('SIGINT');
    const [code, signal] = await once(child, 'exit');
    expect({ code, signal }).toEqual({ code: null, signal: 'SIGINT' });
  });

  it('finds the service healthy, with its store in use', () => {
    const { code, out } = larder(['doctor', '--json'], { env: { LARDER_STORE: `lmdb:${join(folder, 'data')}` } });
    const { checks } = JSON.parse(out);
    expect({ code, bad: checks.filter(({ status }: { status: string }) => status === 'failed') }).toEqual({
      code: 0,
      bad: [],
    });
    expect(checks.find(({ name }: { name: string }) => name === 'store').detail).toContain('in use by another process');
  });
});

describe('larder inspect --store', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'larder-inspect-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const inspect = (words: readonly string[], env = {}) => {
    const options = {
      cwd: folder,
      env: { PATH: process.env.PATH, ...env },
      timeout: 20_000,
      encoding: 'utf8',
    } as const;
    const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'inspect', '--json', ...words], options);
    return { code: status, error: stderr, document: stdout === '' ? undefined : JSON.parse(stdout) };
  };

  it('decodes what a cache wrote, in any namespace, encrypted too, and makes no folder', async () => {
    const secret = randomBytes(32).toString('hex');
    const path = join(folder, 'data');
    const encryption = { keys: [{ id: 'now', secret }] };
    const cache = createCache({ store: lmdbStore({ path }), encryption, namespace: 'shop' });
    const value = { seen: new Map([['a', 1]]) };
    await cache.namespace('a/b').set('k', value, { tags: ['t'], ttl: 'never' });
    await cache.close();

    const words = ['--store', `lmdb:${path}`, 'shop/a%2Fb', 'k'];
    const closed = inspect(words);
    expect(closed.document).toMatchObject({
      isEncrypted: true,
      tags: ['t'],
      freshUntil: null,
      unreadable: expect.stringContaining("'now'"),
    });
    const opened = inspect(words, { LARDER_ENCRYPTION_KEYS: `now:${secret}` });
    expect(opened.document).toMatchObject({ format: 'tagged-json', valueAsText: "{ seen: Map(1) { 'a' => 1 } }" });
    const configured = inspect(['--store', 'configured', 'shop/a%2Fb', 'k'], { LARDER_STORE: `lmdb:${path}` });
    expect(configured.document).toEqual(closed.document);

    expect(inspect(['--store', `lmdb:${path}`, 'shop', 'k'])).toMatchObject({ code: 3, document: undefined });
    expect(inspect(['--store', `lmdb:${path}-absent`, 'shop', 'k'])).toMatchObject({
      code: 1,
      error: expect.stringContaining('no folder'),
    });
  });

  it('decodes a file, and says why one is no envelope', async () => {
    const { decodable } = JSON.parse(
      await readFile(new URL('../../../../spec/envelope-fixtures.json', import.meta.url), 'utf8'),
    );
    const { hex, expected } = decodable.find(
      ({ expected }: { expected: { format: string } }) => expected.format === 'text',
    );
    await writeFile(join(folder, 'envelope'), Buffer.from(hex, 'hex'));
    const { code, document } = inspect(['--envelope', 'envelope']);
    expect({ code, ...document }).toMatchObject({
      code: 0,
      format: 'text',
      version: expected.version,
      tags: expected.tags,
    });
    await writeFile(join(folder, 'noise'), randomBytes(50).fill(7, 0, 1));
    expect(inspect(['--envelope', 'noise'])).toMatchObject({ code: 1, error: expect.stringContaining('no envelope') });
  });
});

describe.skipIf(redisIsMissing !== undefined)(`larder doctor on Redis${ifRedis}`, () => {
  it('warns of a server that evicts, measures it, and leaves nothing behind', async () => {
    const server = await startRedis(['--maxmemory', '64mb', '--maxmemory-policy', 'allkeys-lru']);
    try {
      const env = { PATH: process.env.PATH, LARDER_STORE: server.url };
      const words = [main, 'doctor', '--no-service', '--json'];
      const { status, stdout } = spawnSync(process.execPath, words, { env, timeout: 30_000, encoding: 'utf8' });
      const { checks } = JSON.parse(stdout) as { checks: { name: string; status: string; detail: string }[] };
      const found = Object.fromEntries(checks.map((check) => [check.name, check.status]));
      expect({ status, ...found }).toMatchObject({ status: 0, store: 'ok', eviction: 'warning', 'store clock': 'ok' });
      expect(checks.find(({ name }) => name === 'eviction')?.detail).toContain('allkeys-lru');
      const { keys } = await keysOf(server.url);
      expect(keys).toEqual([]);
    } finally {
      await server.stop();
    }
  });
});

async function keysOf(url: string) {
  const { redisStore } = await import('@larder/cache/redis');
  const store = redisStore({ url });
  try {
    return await store.scan('', { limit: 10 }, { now: Date.now() });
  } finally {
    await store.close();
  }
}
