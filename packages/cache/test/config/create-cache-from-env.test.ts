import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { builtInStores, createCacheFromEnv, createStoreRegistry } from '../../src/config/index.js';
import { memoryMapStore } from '../../src/testing/index.js';
import { ifRedis, redisIsMissing, startRedis } from '../servers/redis.js';
import { folderWith } from './config-file.js';

const run = promisify(execFile);

describe('createCacheFromEnv', () => {
  it('makes a cache in memory where nothing is said', async () => {
    await using cache = await createCacheFromEnv({}, { folder: await folderWith({}) });
    await cache.set('k', 1);
    expect(await cache.get('k')).toBe(1);
    expect(await cache.ttlSeconds('k')).toBe(300);
  });

  it.each([
    ['confirmation', 300],
    ['signup', 1_800],
    ['session', 86_400],
    ['rate_limit', 3_600],
    ['temp', 60],
  ])('has a namespace %s whose entries live %i s', async (name, seconds) => {
    await using cache = await createCacheFromEnv({ LARDER_TTL: '7s' }, { folder: await folderWith({}) });
    const namespace = cache.namespace(name);
    await namespace.set('k', 1);
    expect(await namespace.ttlSeconds('k')).toBe(seconds);
    await namespace.increment('n', 1);
    expect(await namespace.ttlSeconds('n')).toBe(seconds);
  });

  it('gives the namespaces of the file their defaults', async () => {
    const folder = await folderWith({
      'larder.yaml': 'ttl: 20m\nnamespaces: { session: { ttl: 12h }, user: { ttl: 1h } }',
    });
    await using cache = await createCacheFromEnv({}, { folder });
    const lives = ['session', 'user', 'temp', 'other'].map(async (name) => {
      await cache.namespace(name).set('k', 1);
      return cache.namespace(name).ttlSeconds('k');
    });
    expect(await Promise.all(lives)).toEqual([43_200, 3_600, 60, 1_200]);
  });

  it('keeps entries in the store of the address', async () => {
    const folder = await folderWith({});
    const environment = { LARDER_STORE: `lmdb:${join(folder, 'data')}`, LARDER_NAMESPACE: 'shop' };
    const one = await createCacheFromEnv(environment, { folder });
    await one.namespace('session').set('k', { user: 1 });
    await one.close();
    await using other = await createCacheFromEnv(environment, { folder });
    expect(await other.namespace('session').get('k')).toEqual({ user: 1 });
  });

  it.skipIf(redisIsMissing)(`keeps entries in the Redis of the address${ifRedis}`, async () => {
    const redis = await startRedis();
    onTestFinished(() => redis.stop());
    const folder = await folderWith({
      'larder.yaml': `store: $\{URL}/3?prefix=shop\nmemory: off\nonStoreError: throw`,
    });
    await using one = await createCacheFromEnv({ URL: redis.url }, { folder });
    await using other = await createCacheFromEnv({ URL: redis.url }, { folder });
    await one.namespace('session').set('k', { user: 1 });
    expect(await other.namespace('session').get('k')).toEqual({ user: 1 });
    expect(await other.namespace('session').ttlSeconds('k')).toBe(86_400);
  });

  it('compresses and encrypts what goes to the store', async () => {
    const [secret, old] = [randomBytes(32).toString('base64'), randomBytes(32).toString('hex')];
    const file = `store: acme:x\ncompression: gzip\nencryption:\n  keys: new:$\{KEY},old:${old}\n  unencrypted: refuse`;
    const folder = await folderWith({ 'larder.yaml': file });
    const store = memoryMapStore();
    const stores = createStoreRegistry({ ...builtInStores, acme: () => ({ open: () => store }) });
    await using cache = await createCacheFromEnv({ KEY: secret }, { stores, folder });
    await cache.set('k', 'plain text '.repeat(1_000));
    const { keys } = await store.scan('', { limit: 10 }, { now: Date.now() });
    const [entry] = await store.get(keys, { now: Date.now() });
    expect(Buffer.from(entry?.bytes ?? []).toString('latin1')).not.toContain('plain');
    expect(entry?.bytes.byteLength).toBeLessThan(1_000);

    // Whoever has the new key alone reads it.
    const environment = { LARDER_STORE: 'acme:x', LARDER_ENCRYPTION_KEYS: `new:${secret}` };
    await using other = await createCacheFromEnv(environment, { stores, folder: await folderWith({}) });
    expect(await other.get('k')).toBe('plain text '.repeat(1_000));
  });

  it('lets a file with compression and encryption serve in memory too', async () => {
    const folder = await folderWith({
      'larder.yaml': 'store: redis://redis\ncompression: { codec: gzip, above: 4kb }',
    });
    await using cache = await createCacheFromEnv({ LARDER_STORE: 'memory:' }, { folder });
    expect(await cache.set('k', 1)).toBe(true);
  });

  it('closes the store again if there can be no cache', async () => {
    let isClosed = false;
    const store = memoryMapStore();
    const close = async () => {
      isClosed = true;
      await store.close();
    };
    const stores = createStoreRegistry({ acme: () => ({ open: () => ({ ...store, get: 1 as never, close }) }) });
    const making = createCacheFromEnv({ LARDER_STORE: 'acme:x' }, { stores, folder: await folderWith({}) });
    await expect(making).rejects.toThrow('store is not a store');
    expect(isClosed).toBe(true);
  });

  it('opens a store of a third party, also one that takes a while', async () => {
    const store = memoryMapStore();
    const stores = createStoreRegistry({ ...builtInStores, acme: () => ({ open: async () => store }) });
    await using cache = await createCacheFromEnv({ LARDER_STORE: 'acme:x' }, { stores, folder: await folderWith({}) });
    await cache.set('k', 1);
    const page = await store.scan('', { limit: 10 }, { now: Date.now() });
    expect(page.keys).toHaveLength(1);
  });

  it('opens nothing if anything is wrong', async () => {
    let isOpened = false;
    const open = () => {
      isOpened = true;
      return memoryMapStore();
    };
    const stores = createStoreRegistry({ acme: () => ({ open }) });
    const environment = { LARDER_STORE: 'acme:x', LARDER_TTL: 'x' };
    await expect(createCacheFromEnv(environment, { stores, folder: await folderWith({}) })).rejects.toThrow(
      'LARDER_TTL',
    );
    expect(isOpened).toBe(false);
  });

  it.each([
    ['memory:', []],
    // Its package as well: the bus opens the file at once.
    ['lmdb:./x', ['stores/lmdb', 'node_modules']],
  ])('loads no YAML without a file, and no store but the one of the address: %s', async (store, stores) => {
    const folder = await folderWith({});
    const entry = new URL('../../dist/config/index.js', import.meta.url).href;
    const program = `
      import { register } from 'node:module';
      const hooks = "export async function load(url, context, next) { console.log(url); return next(url, context); }";
      register('data:text/javascript,' + encodeURIComponent(hooks));
      const { createCacheFromEnv } = await import('${entry}');
      await (await createCacheFromEnv({ LARDER_STORE: '${store}' })).close();`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program], { cwd: folder });
    expect(stdout).toContain('config/create-cache-from-env.js');
    expect([...new Set(stdout.match(/node_modules|stores\/\w+/g))]).toEqual(stores);
  });
});
