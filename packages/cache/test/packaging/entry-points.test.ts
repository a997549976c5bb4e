import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
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

  it.each(['', '/testing', '/lmdb', '/redis', '/logger', '/prometheus', '/opentelemetry'].map((path) => `@larder/cache${path}`))(
    '%s loads no client of a back end',
    async (entry) => {
      await rm(join(folder, 'loaded.txt'), { force: true });
      await inFolder(`import './record.mjs'; await import('${entry}');`);
      const loaded = (await readFile(join(folder, 'loaded.txt'), 'utf8')).trim().split('\n');
      expect(loaded.length).toBeGreaterThan(1);
      expect(loaded.filter((url) => !url.includes('/@larder/cache/'))).toEqual([]);
    },
  );

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

  it('names no client in the types of its main entry point', async () => {
    const types = await readFile(join(folder, 'node_modules/@larder/cache/dist/index.d.ts'), 'utf8');
    expect(types).not.toMatch(/lmdb|redis|prom-client|opentelemetry|pino/i);
  });
});
