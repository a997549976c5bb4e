import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCache } from '../../src/cache/create-cache.js';
import type { Store } from '../../src/contracts/store.js';
import { LockNotAcquiredError } from '../../src/errors.js';
import { lmdbStore } from '../../src/stores/lmdb/index.js';
import { redisStore } from '../../src/stores/redis/index.js';
import { ifRedis, redisIsMissing } from '../servers/redis.js';
import { newPrefix, sharedRedis } from '../servers/shared-redis.js';
import { requireBuild } from '../stores/lmdb/child-process.js';

requireBuild();
const script = fileURLToPath(new URL('children/lock.mjs', import.meta.url));

const backEnds = [
  {
    name: 'one LMDB file',
    missing: undefined,
    place: async (folder: string) => join(folder, 'store'),
    kind: 'lmdb',
    open: (path: string): Store => lmdbStore({ path }),
  },
  {
    name: `one Redis${ifRedis}`,
    missing: redisIsMissing,
    place: async () => (await sharedRedis()).url,
    kind: 'redis',
    open: (url: string): Store => redisStore({ url, prefix: 'locks' }),
  },
];

describe.each(backEnds)('processes on $name', ({ kind, place, open, missing }) => {
  let folder: string;
  let children: ChildProcess[];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'larder-locks-'));
    children = [];
  });
  afterEach(async () => {
    for (const child of children) if (child.exitCode === null) child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });

  async function start(task: string) {
    const child = spawn(process.execPath, [script, kind, await place(folder), task, folder], {
      stdio: ['pipe', 'pipe', 'inherit'],
      timeout: 60_000,
    });
    children.push(child);
    return { child, lines: createInterface(child.stdout)[Symbol.asyncIterator](), end: once(child, 'exit') };
  }

  it.skipIf(missing)('have a lock one at a time, with rising tokens', async () => {
    await writeFile(join(folder, 'counter'), '0');
    const four = await Promise.all(Array.from({ length: 4 }, () => start('25')));
    for (const { lines } of four) expect((await lines.next()).value).toBe('ready');
    for (const { child } of four) child.stdin?.write('go\n');
    for (const { end } of four) expect(await end).toEqual([0, null]);
    expect(await readFile(join(folder, 'counter'), 'utf8')).toBe('100');
    const tokens = (await readFile(join(folder, 'tokens'), 'utf8')).trim().split('\n').map(Number);
    expect(tokens).toHaveLength(100);
    expect(tokens).toEqual([...new Set(tokens)].sort((one, other) => one - other));
  });

  it.skipIf(missing)('get a lock, with a greater token, after its holder was killed', async () => {
    await mkdir(join(folder, 'store'), { recursive: true });
    const { child, lines, end } = await start('hold');
    const token = Number((await lines.next()).value);
    const cache = createCache({ store: open(await place(folder)), memory: false, storeTimeout: '20s' });
    child.kill('SIGKILL');
    await end;
    const killedAt = Date.now();
    await expect(cache.lock('k', { wait: '0ms' }, () => {})).rejects.toThrow(LockNotAcquiredError);
    expect(await cache.lock('k', { wait: '20s' }, ({ fencingToken }) => fencingToken)).toBeGreaterThan(token);
    // Two seconds, the margin, and the time between two looks; the rest is for a busy machine.
    expect(Date.now() - killedAt).toBeLessThan(5_000);
    await cache.close();
  });
});

describe.skipIf(redisIsMissing)(`two caches on one Redis${ifRedis}`, () => {
  it('let no increment of a thousand be lost that only a lock protects', async () => {
    const { url } = await sharedRedis();
    const prefix = newPrefix();
    const caches = [1, 2].map(() => createCache({ store: redisStore({ url, prefix }), memory: false, ttl: '1h' }));
    const step = (at: number) => {
      const cache = caches[at % 2] as (typeof caches)[number];
      return cache.lock('k', { wait: '1m' }, async () => {
        await cache.set('n', ((await cache.get<number>('n')) ?? 0) + 1);
      });
    };
    await Promise.all(Array.from({ length: 1_000 }, (_, at) => step(at)));
    expect(await caches[0]?.get('n')).toBe(1_000);
    await Promise.all(caches.map((cache) => cache.close()));
  });
});
