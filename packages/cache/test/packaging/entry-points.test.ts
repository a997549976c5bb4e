import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const fixtures = fileURLToPath(new URL('../../../../spec/envelope-fixtures.json', import.meta.url));
const packageFolder = fileURLToPath(new URL('../..', import.meta.url));

/** Runs in the loader's own thread: notes the address of every module that is resolved. */
const hooks = `
import { appendFileSync } from 'node:fs';
export async function resolve(specifier, context, next) {
  const resolved = await next(specifier, context);
  if (!resolved.url.startsWith('node:')) appendFileSync('loaded.txt', resolved.url + '\\n');
  return resolved;
}`;
const recorder = `import { register } from 'node:module'; register('./hooks.mjs', import.meta.url);`;

describe('the packed library, installed where nothing else is', () => {
  let folder = '';

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'larder-pack-'));
    const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: packageFolder });
    const packed = JSON.parse(stdout);
    const { filename } = (Array.isArray(packed) ? packed : Object.values(packed))[0];
    await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module', private: true }));
    await run('npm', ['install', '--offline', '--no-audit', '--no-fund', join(folder, filename)], { cwd: folder });
    await writeFile(join(folder, 'hooks.mjs'), hooks);
    await writeFile(join(folder, 'record.mjs'), recorder);
  }, 120_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const inFolder = async (program: string): Promise<string> => {
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program], { cwd: folder });
    return stdout;
  };

  it('brings no other package along', async () => {
    expect(await readdir(join(folder, 'node_modules'))).toEqual(expect.arrayContaining(['@larder']));
    const installed = (await readdir(join(folder, 'node_modules'))).filter((name) => !name.startsWith('.'));
    expect(installed).toEqual(['@larder']);
  });

  it('has no tests, sources or build notes in it', async () => {
    const files = await readdir(join(folder, 'node_modules/@larder/cache'));
    expect(files.sort()).toEqual(['LICENSE', 'README.md', 'dist', 'package.json']);
  });

  const entryPoints = [
    '',
    '/testing',
    '/config',
    '/inspection',
    '/lmdb',
    '/redis',
    '/memcached',
    '/firestore',
    '/dynamodb',
    '/remote',
    '/logger',
    '/prometheus',
    '/opentelemetry',
  ];

  it.each(entryPoints.map((path) => `@larder/cache${path}`))('%s loads no client of a back end', async (entry) => {
    await rm(join(folder, 'loaded.txt'), { force: true });
    await inFolder(`import './record.mjs'; await import('${entry}');`);
    const loaded = (await readFile(join(folder, 'loaded.txt'), 'utf8')).trim().split('\n');
    expect(loaded.length).toBeGreaterThan(1);
    expect(loaded.filter((url) => !url.includes('/@larder/cache/'))).toEqual([]);
  });

  it('@larder/cache alone works', async () => {
    const program = `
      import { createCache } from '@larder/cache';
      const cache = createCache({ ttl: '1m' });
      console.log(await cache.getOrSet('k', () => 'loaded'), await cache.get('k'));
      await cache.close();`;
    expect(await inFolder(program)).toBe('loaded loaded\n');
  });

  it('a store whose client is missing says what to install', async () => {
    const program = `
      import { createCache } from '@larder/cache';
      import { lmdbStore } from '@larder/cache/lmdb';
      try {
        const cache = createCache({ store: lmdbStore({ path: './data' }), onStoreError: 'throw' });
        await cache.get('k');
      } catch (error) { console.log(error.code, error.message); }`;
    expect(await inFolder(program)).toMatch(/LARDER_CLIENT_MISSING .*npm install lmdb/);
  });

  it.each([
    { codec: 'lz4', client: 'lz4-napi' },
    // Newer versions of Node.js need no package for it.
    ...('zstdCompressSync' in zlib ? [] : [{ codec: 'zstd', client: '@bokuweb/zstd-wasm' }]),
  ])(
    'compression by $codec without its package is refused at once, and what is compressed by it is a miss',
    async ({ codec, client }) => {
      const { compressed } = JSON.parse(await readFile(fixtures, 'utf8'));
      const { hex } = compressed.find((each: { codec: string }) => each.codec === codec);
      const program = `
      import { createCache } from '@larder/cache';
      import { memoryMapStore } from '@larder/cache/testing';
      const store = memoryMapStore();
      try { createCache({ store, compression: { codec: '${codec}' } }); }
      catch (error) { console.log(error.code, error.message); }
      const bytes = Buffer.from('${hex}', 'hex');
      await store.set([{ key: ':k', bytes, expiresAt: Infinity, version: 'v', indexes: {} }], { now: 0 });
      const cache = createCache({ store, clock: { now: () => 1767225600001, coarseNow: () => 1767225600001, schedule: () => () => {} } });
      cache.on('undecodable', ({ reason }) => console.log(reason));
      console.log(await cache.get('k'), await cache.update('k', () => 1), await cache.getOrSet('k', () => 'loaded'));`;
      const [refusal, ...misses] = (await inFolder(program)).trim().split('\n');
      expect(refusal).toBe(
        `LARDER_CLIENT_MISSING The ${codec} codec needs the package "${client}": run "npm install ${client}".`,
      );
      expect(misses.pop()).toBe('undefined undefined loaded');
      expect(misses.length).toBeGreaterThan(0);
      for (const miss of misses) expect(miss).toContain(client);
    },
  );

  it('a DynamoDB store whose client is missing says so too, also when it makes the table', async () => {
    const program = `
      import { createDynamoTable, dynamoStore } from '@larder/cache/dynamodb';
      const show = (error) => console.log(error.code, error.message);
      await dynamoStore({ table: 'larder' }).get(['k'], { now: 0 }).catch(show);
      await createDynamoTable({ table: 'larder' }).catch(show);`;
    const missing = 'LARDER_CLIENT_MISSING .*npm install @aws-sdk/client-dynamodb.*\\n';
    expect(await inFolder(program)).toMatch(new RegExp(`^${missing}${missing}$`));
  });

  it('a configuration file without the package that reads it says what to install', async () => {
    const program = `
      import { writeFileSync } from 'node:fs';
      import { createCacheFromEnv } from '@larder/cache/config';
      await (await createCacheFromEnv({ LARDER_TTL: '1m' })).close();
      writeFileSync('other.yaml', 'ttl: 1m');
      try {
        await createCacheFromEnv({ LARDER_CONFIG: 'other.yaml' });
      } catch (error) { console.log(error.code, error.message); }`;
    expect(await inFolder(program)).toMatch(/^LARDER_CLIENT_MISSING The other\.yaml file needs .*npm install yaml/);
  });

  it('names no client in the types of its main entry point', async () => {
    const types = await readFile(join(folder, 'node_modules/@larder/cache/dist/index.d.ts'), 'utf8');
    expect(types).not.toMatch(/lmdb|redis|firestore|aws-sdk|prom-client|opentelemetry|pino/i);
  });
});
