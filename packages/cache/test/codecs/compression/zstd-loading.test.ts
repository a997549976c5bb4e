import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);
const packageFolder = fileURLToPath(new URL('../../..', import.meta.url));
const fixtures = fileURLToPath(new URL('../../../../../spec/envelope-fixtures.json', import.meta.url));

/** Each in a process of its own, where nobody has loaded the codec yet. */
describe('before zstd has been loaded, which takes some turns of the event loop on older versions of Node.js', () => {
  it.each([
    ['get', "(await cache.get('k')).length", '8'],
    ['getMany', "(await cache.getMany(['k'])).get('k').length", '8'],
    ['update', "(await cache.update('k', (rows) => rows.slice(1))).length", '7'],
    ['touch', "await cache.touch('k', '1h')", 'true'],
    ['set', "(await cache.set('k', 'a'.repeat(5000)), await flags())", '2'],
    ['add', "(await cache.add('new', 'a'.repeat(5000)), await flags(':new'))", '2'],
    ['getOrSet', "(await cache.getOrSet('new', () => 'a'.repeat(5000)), await flags(':new'))", '2'],
    ['increment', "await cache.increment('count', 1)", '1'],
    ['an update that enlarges', "(await cache.update('k', () => 'a'.repeat(5000)), await flags())", '2'],
  ])('%s waits for it', async (_, expression, printed) => {
    const { compressed } = JSON.parse(await readFile(fixtures, 'utf8'));
    const { hex } = compressed.find(({ codec }: { codec: string }) => codec === 'zstd');
    const program = `
      import { createCache } from '@larder/cache';
      import { memoryMapStore } from '@larder/cache/testing';
      const store = memoryMapStore();
      const now = () => 1767225600001;
      await store.set([{ key: ':k', bytes: Buffer.from('${hex}', 'hex'), expiresAt: Infinity, version: 'v', indexes: {} }], { now: 0 });
      const clock = { now, coarseNow: now, schedule: () => () => {} };
      const cache = createCache({ store, clock, compression: { codec: 'zstd' } });
      cache.on('undecodable', (event) => console.log(event));
      const flags = async (key = ':k') => (await store.get([key], { now: 0 }))[0].bytes[3];
      console.log(${expression});
      await cache.close();`;
    const node = ['--input-type=module', '--eval', program];
    const { stdout } = await run(process.execPath, node, { cwd: packageFolder });
    expect(stdout.trim()).toBe(printed);
  });
});
