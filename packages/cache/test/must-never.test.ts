import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { inProcessBus } from '../src/bus/in-process-bus.js';
import { createCache } from '../src/cache/create-cache.js';
import type { Cache } from '../src/contracts/cache.js';
import { reportToLogger } from '../src/observability/logger.js';
import { reportToPrometheus } from '../src/observability/prometheus.js';
import { redisStore } from '../src/stores/redis/index.js';
import { chaosStore, fakeClock, memoryMapStore, seededRandom } from '../src/testing/index.js';
import { settings } from './cache/settings.js';
import { heldLoad, isPending, settled } from './load/held-load.js';
import { heldStore } from './load/held-store.js';
import { sharedMapStore } from './load/shared-map-store.js';
import { everyEvent, reportingCache, secretWord } from './observability/every-event.js';
import { ifRedis, redisIsMissing, startRedis } from './servers/redis.js';
import { startRedisCluster } from './servers/redis-cluster.js';
import { requireBuild } from './stores/lmdb/child-process.js';
import { openTwo, pairs } from './tags/two-caches.js';

function storeAway(hangRate: number, errorRate = 0) {
  const clock = fakeClock();
  const store = chaosStore(memoryMapStore(), { random: seededRandom(1), clock, hangRate, errorRate });
  return { clock, store };
}

const failing = () => Promise.reject(new Error('source is down'));

describe('1. hang when the store is down', () => {
  const calls: readonly (readonly [string, (cache: Cache) => Promise<unknown>])[] = [
    ['get', (cache) => cache.get('k')],
    ['getEntry', (cache) => cache.getEntry('k')],
    ['has', (cache) => cache.has('k')],
    ['getMany', (cache) => cache.getMany(['k', 'l'])],
    ['getOrSet', (cache) => cache.getOrSet('k', () => 1)],
    ['getOrSetMany', (cache) => cache.getOrSetMany(['k'], () => new Map([['k', 1]]))],
    ['set', (cache) => cache.set('k', 1, { tags: ['t'] })],
    ['setMany', (cache) => cache.setMany([['k', 1]])],
    ['writeThrough', (cache) => cache.writeThrough('k', 1, () => {})],
    ['delete', (cache) => cache.delete('k')],
    ['add', (cache) => cache.add('k', 1)],
    ['increment', (cache) => cache.increment('k')],
    ['update', (cache) => cache.update('k', () => 1)],
    ['touch', (cache) => cache.touch('k')],
    ['invalidateTags', (cache) => cache.invalidateTags(['t'])],
    ['clear', (cache) => cache.clear()],
    ['keysPage', (cache) => cache.keysPage({})],
    ['getByIndex', (cache) => cache.getByIndex('a', 'b')],
    ['deleteByIndex', (cache) => cache.deleteByIndex('a', 'b')],
    ['deleteMatching', (cache) => cache.deleteMatching('*')],
    ['prune', (cache) => cache.prune()],
    ['ttlSeconds', (cache) => cache.ttlSeconds('k')],
    ['lock', (cache) => cache.lock('k', {}, () => {})],
  ];

  it.each(calls)('%s ends within one deadline of a store that hangs', async (_, call) => {
    const { clock, store } = storeAway(1);
    const cache = createCache({ clock, store, storeTimeout: '1s' });
    const outcome = call(cache);
    outcome.catch(() => {});
    await settled();
    clock.advance(1_000);
    expect(await isPending(outcome)).toBe(false);
  });

  it('caches degrade: a read is a miss, a write is dropped and reported', async () => {
    const { store, clock } = storeAway(0, 1);
    const cache = createCache({ clock, store, memory: false });
    const dropped: unknown[] = [];
    cache.on('write-dropped', ({ operation }) => dropped.push(operation));
    expect(await cache.get('k')).toBeUndefined();
    expect(await cache.getOrSet('k', () => 'loaded')).toBe('loaded');
    expect(await cache.set('k', 1)).toBe(false);
    await settled();
    expect(dropped).toEqual(['set', 'set']);
    await cache.close();
  });

  it('truth does not degrade: increment, add and update reject', async () => {
    const { store, clock } = storeAway(0, 1);
    const cache = createCache({ clock, store });
    for (const call of [cache.increment('k'), cache.add('k', 1), cache.update('k', () => 1)])
      await expect(call).rejects.toMatchObject({ code: 'LARDER_STORE_FAILED' });
    await cache.close();
  });

  it('a breaker answers at once, and lets one probe through after the pause', async () => {
    const { clock, store } = storeAway(1);
    const cache = createCache({ clock, store, storeTimeout: '1s', circuitBreaker: { failures: 1, pause: '5s' } });
    const first = cache.getOrSet('k', () => 1);
    await settled();
    clock.advance(1_000);
    await first;
    expect(await cache.getOrSet('l', () => 'at once')).toBe('at once');
    clock.advance(5_000);
    const { hung } = store.counts;
    const [probe, meanwhile] = [cache.get('m'), cache.get('n')];
    expect(await isPending(probe)).toBe(true);
    expect(await isPending(meanwhile)).toBe(false);
    expect(store.counts.hung).toBe(hung + 1);
    store.become({ hangRate: 0 });
    clock.advance(6_000);
    await cache.getOrSet('o', () => 'stored');
    expect(await cache.get('o')).toBe('stored');
  });

  it.each(['degrade', 'throw'] as const)('a lock rejects, and its work does not begin (%s)', async (onStoreError) => {
    const { store, clock } = storeAway(0, 1);
    const cache = createCache({ clock, store, onStoreError });
    let runs = 0;
    const locked = cache.lock('k', {}, () => runs++);
    await expect(locked).rejects.toMatchObject({ code: 'LARDER_STORE_FAILED' });
    expect(runs).toBe(0);
    await cache.close();
  });

  it.todo('sessions reject: sessions come with their issue');
});

describe.each(pairs)('2. store a value whose load began before an invalidation, on $name', ({ open }) => {
  it.each([
    ['delete', (cache: Cache) => cache.delete('k')],
    ['invalidateTags', (cache: Cache) => cache.invalidateTags(['t'], { remove: true })],
    ['clear', (cache: Cache) => cache.clear()],
  ] as const)('%s in this process', async (_, invalidate) => {
    const two = await open();
    const load = heldLoad();
    const loading = two.one.getOrSet('k', load.loader, { tags: ['t'] });
    await load.begun;
    await invalidate(two.one);
    load.answer('old');
    await loading;
    for (const cache of [two.one, two.other]) expect(await cache.get('k')).toBeUndefined();
    await two.close();
  });

  it.each([
    ['invalidateTags', (cache: Cache) => cache.invalidateTags(['t'], { remove: true })],
    ['clear', (cache: Cache) => cache.clear()],
  ] as const)('%s in another process', async (_, invalidate) => {
    const two = await open();
    const load = heldLoad();
    const loading = two.one.getOrSet('k', load.loader, { tags: ['t'] });
    await load.begun;
    two.clock.advance(1);
    await invalidate(two.other);
    load.answer('old');
    await loading;
    await two.one.getMany(['read, to learn of it']);
    for (const cache of [two.one, two.other]) expect(await cache.get('k')).toBeUndefined();
    await two.close();
  });
});

describe('2. store a value whose load began before an invalidation', () => {
  it('delete in another process', async () => {
    const two = openTwo(sharedMapStore());
    const load = heldLoad();
    const loading = two.one.getOrSet('k', load.loader);
    await load.begun;
    await two.other.delete('k');
    load.answer('old');
    await loading;
    for (const cache of [two.one, two.other]) expect(await cache.get('k')).toBeUndefined();
    await two.close();
  });
});

describe.each(settings)('3. run a failing loader once per waiter, on $name', ({ open }) => {
  it('one failure is shared by all, and nobody gets undefined', async () => {
    const opened = await open();
    let loads = 0;
    const load = async () => {
      loads++;
      throw new Error('source is down');
    };
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => opened.cache.getOrSet('k', load)));
    expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true);
    expect(loads).toBe(1);
    await opened.close();
  });
});

describe.each(settings)('4. rerun the loader at every read during an outage, on $name', ({ open }) => {
  it('stale serving backs off', async () => {
    const opened = await open({ ttl: '1s', staleIfError: '1h', random: () => 0.5 });
    await opened.cache.set('k', 'stale');
    opened.clock.advance(1_000);
    let loads = 0;
    const load = () => {
      loads++;
      return failing();
    };
    for (let read = 0; read < 1_000; read++) {
      expect(await opened.cache.getOrSet('k', load)).toBe('stale');
      opened.clock.advance(10);
    }
    // Ten seconds: one load at first, then ever fewer.
    expect(loads).toBeLessThan(15);
    await opened.close();
  });
});

describe.each(settings)('5. clear another namespace, on $name', ({ open }) => {
  it.each(['', 'a', 'a:', '1:a', 'ab'])("a clear of '%s' leaves all others", async (cleared) => {
    const opened = await open();
    const names = ['', 'a', 'a:', '1:a', 'ab'];
    const at = (name: string) => (name === '' ? opened.cache : opened.cache.namespace(name));
    for (const name of names) await at(name).set('k', name);
    await at(cleared).clear();
    await settled(10);
    for (const name of names) expect(await at(name).get('k')).toBe(name === cleared ? undefined : name);
    await opened.close();
  });
});

describe.skipIf(redisIsMissing !== undefined)(`5. break on a Redis Cluster${ifRedis}`, () => {
  const keys = Array.from({ length: 200 }, (_, at) => `{${at}}:k`);

  it('silently do nothing on a Redis Cluster, or clear another namespace there', async () => {
    const cluster = await startRedisCluster();
    const cache = createCache({ store: redisStore({ cluster: cluster.addresses }), memory: false, ttl: '1h' });
    const other = cache.namespace('other');
    await other.set('k', 'stays');
    await cache.setMany(
      keys.map((key) => [key, key]),
      { tags: ['t'], indexes: { half: 'one' } },
    );
    expect((await cache.getMany(keys)).size).toBe(200);
    expect((await cache.getKeysByIndex('half', 'one')).sort()).toEqual([...keys].sort());
    expect(await cache.deleteMany(keys.slice(0, 50))).toBe(50);
    expect(await cache.deleteMatching('{5*')).toBe(10);
    await cache.invalidateTags(['t']);
    expect((await cache.getMany(keys)).size).toBe(0);
    await cache.setMany(keys.map((key) => [key, key]));
    await cache.clear();
    expect((await cache.getMany(keys)).size).toBe(0);
    expect(await other.get('k')).toBe('stays');
    await cache.close();
    await cluster.stop();
  });

  it('use KEYS, FLUSHDB or FLUSHALL', async () => {
    const server = await startRedis();
    const cache = createCache({ store: redisStore({ url: server.url }), memory: false, ttl: '1h' });
    await cache.setMany(
      keys.map((key) => [key, key]),
      { tags: ['t'], indexes: { half: 'one' } },
    );
    for await (const key of cache.keys()) expect(keys).toContain(key);
    await cache.deleteByIndex('half', 'one');
    await cache.deleteMatching('*');
    await cache.invalidateTags(['t']);
    await cache.clear();
    await cache.prune();
    await cache.close();
    const used = execFileSync('redis-cli', ['-p', String(server.port), 'info', 'commandstats'], { encoding: 'utf8' });
    expect(used).toContain('cmdstat_scan:');
    expect(used).not.toMatch(/cmdstat_(keys|flushdb|flushall):/);
    await server.stop();
  });
});

describe.each(settings)('6. change a value, on $name', ({ open }) => {
  const values: readonly unknown[] = [
    0,
    -0,
    '',
    false,
    null,
    Number.NaN,
    5n,
    new Date(7),
    new Map([['a', new Set([1])]]),
    new Uint8Array([0, 255]),
    [undefined, 1],
    { a: undefined, b: [null] },
    '123',
    'true',
    JSON.parse('{"__proto__": 1}'),
  ];

  it('all come back as they went in', async () => {
    const opened = await open();
    for (const [at, value] of values.entries()) {
      await opened.cache.set(`set ${at}`, value);
      expect(await opened.cache.get(`set ${at}`)).toStrictEqual(value);
      expect(await opened.cache.getOrSet(`load ${at}`, () => value)).toStrictEqual(value);
      expect(await opened.cache.getOrSet(`load ${at}`, failing)).toStrictEqual(value);
    }
    await opened.close();
  });

  it('what cannot be kept is refused, at set', async () => {
    const opened = await open();
    for (const value of [undefined, () => 1, Symbol('s'), new (class A {})(), Promise.resolve(1), new WeakMap()])
      await expect(opened.cache.set('k', value)).rejects.toMatchObject({ code: 'LARDER_UNSUPPORTED_VALUE' });
    expect(await opened.cache.has('k')).toBe(false);
    await opened.close();
  });
});

describe('7. give a copy in memory a longer life than the entry has left', () => {
  it.each(pairs)('on $name', async ({ open }) => {
    const two = await open({ ttl: '1h' });
    await two.one.set('k', 1, { ttl: '1s', staleIfError: '1s' });
    two.clock.advance(700);
    expect(await two.other.get('k')).toBe(1);
    two.clock.advance(299);
    expect(await two.other.get('k')).toBe(1);
    two.clock.advance(1);
    expect(await two.other.get('k')).toBeUndefined();
    expect(await two.other.getOrSet('k', failing, { staleIfError: '1h' })).toBe(1);
    two.clock.advance(1_000);
    await expect(two.other.getOrSet('k', failing, { staleIfError: '1h' })).rejects.toThrow('source is down');
    await two.close();
  });

  it.each(settings)('nor the length of the window as the life, on $name', async ({ open }) => {
    const opened = await open({ ttl: '1h', staleIfError: '50ms' });
    await opened.cache.set('k', 1);
    opened.clock.advance(3_599_999);
    expect(await opened.cache.get('k')).toBe(1);
    await opened.close();
  });
});

describe('8. let markers outlive or underlive what they mark, or read them one by one', () => {
  it.each(pairs)('they live as long as the entry, and end, on $name', async ({ open }) => {
    const two = await open();
    await two.one.set('k', 1, { ttl: '7d', tags: ['t'] });
    two.clock.advance(1);
    await two.other.invalidateTags(['t']);
    two.clock.advance(7 * 86_400_000 - 2);
    expect(await two.newcomer().get('k')).toBeUndefined();
    two.clock.advance(7 * 86_400_000 + 2);
    const records = await two.store.scan('#', { limit: 10 }, { now: two.clock.now() });
    expect(records.keys.length).toBe(1);
    await two.close();
  });

  it('one read for all markers of all entries', async () => {
    const store = heldStore();
    const two = openTwo(store, { memory: false });
    await two.one.setMany([['a', 1], ['b', 1]], { tags: ['t', 'u', 'v'] }); // biome-ignore format: pairs
    two.clock.advance(1);
    await two.one.invalidateTags(['w']);
    const before = store.calls.length;
    expect((await two.other.getMany(['a', 'b'])).size).toBe(2);
    expect(store.calls.length - before).toBe(2);
    await two.close();
  });
});

describe('9. put a key into a metric label; log a value', () => {
  it('no event of any kind does', async () => {
    const reporting = reportingCache();
    const lines: unknown[] = [];
    const note = (...line: unknown[]) => void lines.push(line);
    const logger = { trace: note, debug: note, info: note, warn: note, error: note, fatal: note };
    const register = new Registry();
    reportToLogger(reporting.cache, logger);
    reportToPrometheus(reporting.cache, { register });
    for (const event of Object.values(everyEvent)) reporting.tell(event);
    expect(lines.length).toBeGreaterThan(0);
    expect(JSON.stringify(lines)).not.toContain(secretWord);
    const metrics = await register.metrics();
    expect(metrics).toContain('larder_');
    expect(metrics).not.toContain(secretWord);
  });
});

describe.each(settings)('10. let the caller mutate what is cached, on $name', ({ open }) => {
  it('neither through what was set, nor through what was read, nor through what was loaded', async () => {
    const opened = await open();
    const { cache } = opened;
    const given = { list: [1], map: new Map([['a', 1]]) };
    const spoil = (value: typeof given | undefined) => {
      try {
        value?.list.push(2);
      } catch (error) {
        expect(error).toBeInstanceOf(TypeError);
      }
      value?.map.set('a', 2);
    };
    await cache.set('k', given);
    spoil(given);
    const loaded = { list: [1], map: new Map([['a', 1]]) };
    spoil(await cache.getOrSet('l', () => loaded));
    spoil(loaded);
    for (const key of ['k', 'l']) {
      spoil(await cache.get(key));
      spoil((await cache.getEntry<typeof given>(key))?.value);
      spoil((await cache.getMany<typeof given>([key])).get(key));
      expect(await cache.get(key)).toEqual({ list: [1], map: new Map([['a', 1]]) });
    }
    await opened.close();
  });
});

requireBuild();

describe('11. leak a lease; keep the process alive; exit on a stray error', () => {
  it('a process with caches that nobody closed ends by itself', async () => {
    const entry = new URL('../dist/index.js', import.meta.url);
    const testing = new URL('../dist/testing/index.js', import.meta.url);
    const script = `
      import { createCache } from ${JSON.stringify(entry.href)};
      import { memoryMapStore } from ${JSON.stringify(testing.href)};
      for (const options of [{}, { store: memoryMapStore(), memory: false }, { store: memoryMapStore() }]) {
        const cache = createCache({ ...options, ttl: '1h', staleIfError: '1h', loaderTimeout: { soft: '1h', hard: '2h' } });
        for (let at = 0; at < 5000; at++) await cache.set('k' + at, at, { tags: ['t'] });
        await cache.getOrSet('k', () => 1);
        await cache.getOrSet('failing', () => { throw new Error('source is down'); }).catch(() => {});
        await cache.invalidateTags(['t']);
        await cache.clear();
      }
      console.log('done');`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      cwd: fileURLToPath(new URL('..', import.meta.url)),
      stdio: ['ignore', 'pipe', 'inherit'],
      timeout: 20_000,
    });
    let output = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
    });
    const [code, signal] = await once(child, 'close');
    expect({ code, signal, output }).toEqual({ code: 0, signal: null, output: 'done\n' });
  });

  const exits: readonly (readonly [string, (cache: Cache, leave: AbortController) => unknown])[] = [
    ['an answer', () => 'answer'],
    ['a rejection', failing],
    [
      'a throw',
      () => {
        throw new Error('work failed');
      },
    ],
    ["the caller's signal", (_, leave) => leave.abort()],
    ['an inner lock that is not had', (cache) => cache.lock('k', { wait: '0ms' }, () => {})],
  ];
  const tiers = [{ name: 'memory', open: () => openOne() }, ...pairs];

  async function openOne() {
    const clock = fakeClock();
    const cache = createCache({ clock });
    return { one: cache, other: cache, clock, close: () => cache.close() };
  }

  describe.each(tiers)('leak the lease of a lock, on $name', ({ open }) => {
    it.each(exits)('after %s', async (_, work) => {
      const two = await open();
      const leave = new AbortController();
      await Promise.allSettled([two.one.lock('k', { signal: leave.signal }, () => work(two.one, leave))]);
      expect(await two.other.lock('k', { wait: '0ms' }, () => 'free')).toBe('free');
      expect(two.clock.pendingTasks()).toBe(0);
      await two.close();
    });
  });

  it.each([
    ['a failure', (cache: Cache) => cache.getOrSet('k', () => Promise.reject(new Error('down')))],
    ['no value', (cache: Cache) => cache.getOrSet('k', () => undefined)],
    ['a caller who left', (cache: Cache) => leaveWhileLoading(cache)],
    ['a close', (cache: Cache) => closeWhileLoading(cache)],
  ] as const)('leak the lease of a load, after %s', async (_, exit) => {
    const bus = inProcessBus();
    const two = openTwo(sharedMapStore(), { bus });
    await Promise.allSettled([exit(two.one)]);
    expect(await two.other.getOrSet('k', () => 'free')).toBe('free');
    await two.close();
  });

  it.skipIf(redisIsMissing !== undefined)(`exit on a back end's stray error event${ifRedis}`, async () => {
    const server = await startRedis();
    const strays: unknown[] = [];
    const note = (error: unknown) => strays.push(error);
    process.on('uncaughtException', note);
    process.on('unhandledRejection', note);
    const given = new Redis(server.url, { maxRetriesPerRequest: 0, retryStrategy: () => 10 });
    const caches = [redisStore({ url: server.url }), redisStore({ client: given })].map((store) =>
      createCache({ store, memory: false, ttl: '1h', storeTimeout: '200ms' }),
    );
    try {
      for (const cache of caches) await cache.set('k', 1);
      await server.kill();
      for (const cache of caches) expect(await cache.get('k')).toBeUndefined();
      // Until the clients have failed to connect again, which they tell by events.
      for (let failures = 0; failures < 3; failures++) await new Promise<void>((seen) => given.once('close', seen));
      for (const cache of caches) expect(await cache.get('k')).toBeUndefined();
      expect(strays).toEqual([]);
    } finally {
      process.off('uncaughtException', note);
      process.off('unhandledRejection', note);
      await Promise.all(caches.map((cache) => cache.close()));
      given.disconnect();
      await server.stop();
    }
  });
});

async function leaveWhileLoading(cache: Cache): Promise<unknown> {
  const leave = new AbortController();
  const load = heldLoad();
  const call = cache.getOrSet('k', load.loader, { signal: leave.signal });
  await load.begun;
  leave.abort();
  return call;
}

async function closeWhileLoading(cache: Cache): Promise<unknown> {
  const load = heldLoad();
  const call = cache.getOrSet('k', load.loader);
  await load.begun;
  await cache.close();
  return call;
}
