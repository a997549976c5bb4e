import { execFileSync, spawnSync } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type Server } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Store } from '../../../src/contracts/store.js';
import { memcachedStore } from '../../../src/stores/memcached/index.js';
import type { MemcachedStoreOptions } from '../../../src/stores/memcached/options.js';
import { isMemcachedMissing, type MemcachedServer, skipReason, startMemcached } from '../../servers/memcached.js';

const call = { now: Date.now() };
const write = { key: 'k', bytes: Buffer.from('value'), expiresAt: call.now + 60_000, version: 'v', indexes: {} };
const isOpensslMissing = spawnSync('openssl', ['version']).status !== 0;

let folder: string;
let stores: Store[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'larder-memcached-'));
  await chmod(folder, 0o755);
});
afterEach(async () => {
  await Promise.all(stores.map((store) => store.close()));
  stores = [];
});
afterAll(() => rm(folder, { recursive: true }));

const open = (options: MemcachedStoreOptions): Store => {
  const store = memcachedStore(options);
  stores.push(store);
  return store;
};

describe.skipIf(isMemcachedMissing)(`a memcached that wants a password${skipReason}`, () => {
  let server: MemcachedServer;
  beforeAll(async () => {
    const file = join(folder, 'users');
    await writeFile(file, 'ada:s3cret-word\nbob:other\n', { mode: 0o644 });
    server = await startMemcached(['-Y', file]);
  });
  afterAll(() => server.stop());

  it('serves who knows it', async () => {
    const store = open({ servers: [server.address], auth: { username: 'ada', password: 's3cret-word' } });
    expect(await store.set([write], call)).toEqual(['created']);
    expect((await store.get(['k'], call))[0]?.version).toBe('v');
  });

  it.each([
    ['a wrong one', { username: 'ada', password: 'not-the-s3cret' }],
    ['none', undefined],
  ])('refuses who has %s, and says so without telling it', async (_, auth) => {
    const store = open({ servers: [server.address], ...(auth && { auth }) });
    for (let turn = 0; turn < 3; turn += 1) {
      const error: unknown = await store.get(['k'], call).catch((caught: unknown) => caught);
      expect(error).toMatchObject({ code: 'LARDER_STORE_FAILED', message: expect.stringContaining('Set auth:') });
      expect(String(error)).not.toContain('s3cret');
      await expect(store.set([write], call)).rejects.toMatchObject({ code: 'LARDER_STORE_FAILED' });
    }
  });
});

// Debian builds memcached with -Z, but any TLS in front of it does: here one that ends in this process.
const noTls = isMemcachedMissing || isOpensslMissing;
describe.skipIf(noTls)(`memcached over TLS${isOpensslMissing ? ' (skipped: openssl is missing)' : skipReason}`, () => {
  let server: MemcachedServer;
  let ending: Server;
  let ca: string;
  let port: number;
  beforeAll(async () => {
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
    const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
    execFileSync('openssl', ['req', ...kind, '-keyout', key, '-out', cert, ...names], { stdio: 'ignore' });
    ca = await readFile(cert, 'utf8');
    server = await startMemcached();
    ending = createServer({ key: await readFile(key), cert: ca }, (outside) => {
      const inside = connect({ host: '127.0.0.1', port: server.port });
      outside.pipe(inside).pipe(outside);
      outside.on('error', () => inside.destroy());
      inside.on('error', () => outside.destroy());
    });
    await new Promise<void>((resolve) => ending.listen(0, '127.0.0.1', resolve));
    port = (ending.address() as { port: number }).port;
  });
  afterAll(async () => {
    await new Promise((resolve) => ending.close(resolve));
    await server.stop();
  });

  it('keeps and gives back, large values too', async () => {
    const store = open({ servers: [{ host: '127.0.0.1', port, tls: { ca } }] });
    const large = { ...write, key: 'large', bytes: Buffer.alloc(900_000, 'x') };
    expect(await store.set([write, large], call)).toEqual(['created', 'created']);
    const [small, back] = await store.get(['k', 'large'], call);
    expect([small?.bytes.length, back?.bytes.length]).toEqual([5, 900_000]);
  });

  it('refuses a certificate that nobody vouches for', async () => {
    const store = open({ servers: [`127.0.0.1:${port}`], tls: true });
    await expect(store.get(['k'], call)).rejects.toMatchObject({
      code: 'LARDER_STORE_FAILED',
      message: expect.stringContaining('SELF_SIGNED'),
    });
  });

  it('refuses options that TLS cannot use at the call, and closes all the same', async () => {
    const store = open({ servers: [{ host: '127.0.0.1', port, tls: { cert: 'no certificate' } }] });
    await expect(store.get(['k'], call)).rejects.toMatchObject({ code: 'LARDER_STORE_FAILED' });
    await expect(store.set([write], call)).rejects.toMatchObject({ code: 'LARDER_STORE_FAILED' });
  });

  it('says what may be wrong where only one side speaks TLS', async () => {
    const tlsToPlain = open({ servers: [server.address], tls: true, answerTimeout: 300, connectTimeout: 300 });
    await expect(tlsToPlain.get(['k'], call)).rejects.toMatchObject({ code: 'LARDER_STORE_FAILED' });
    const plainToTls = open({ servers: [`127.0.0.1:${port}`], answerTimeout: 300 });
    await expect(plainToTls.get(['k'], call)).rejects.toMatchObject({ code: 'LARDER_STORE_FAILED' });
  });
});
