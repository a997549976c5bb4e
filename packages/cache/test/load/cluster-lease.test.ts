import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inProcessBus } from '../../src/bus/in-process-bus.js';
import { createCache } from '../../src/cache/create-cache.js';
import type { Cache } from '../../src/contracts/cache.js';
import type { Store } from '../../src/contracts/store.js';
import type { CreateCacheOptions } from '../../src/options/cache-options.js';
import { chaosStore } from '../../src/testing/chaos-store.js';
import { type FakeClock, fakeClock } from '../../src/testing/fake-clock.js';
import { seededRandom } from '../../src/testing/seeded-random.js';
import { heldLoad, isPending, settled, until } from './held-load.js';
import { sharedMapStore } from './shared-map-store.js';

let store: Store;
let clock: FakeClock;
let opened: Cache[];
beforeEach(() => {
  store = sharedMapStore();
  clock = fakeClock();
  opened = [];
});
afterEach(() => Promise.all(opened.map((cache) => cache.close())));

/** One process on the store. */
function open(options: CreateCacheOptions = {}): Cache {
  const cache = createCache({ clock, store, random: () => 0, ttl: '10s', ...options });
  opened.push(cache);
  return cache;
}

/** What stands in the places of the key and of a lease beside it. */
async function standing(key: string): Promise<number> {
  const found = await store.get([`:${key}`, `%:${key}`], { now: clock.now() });
  return found.filter((each) => each !== undefined).length;
}

describe('two processes that load one cold key', () => {
  it('load it once, and the second is woken by the bus when the first has stored it', async () => {
    const bus = inProcessBus();
    const [one, other] = [open({ bus }), open({ bus })];
    const load = heldLoad();
    const first = one.getOrSet('k', load.loader);
    await load.begun;
    const second = other.getOrSet('k', () => 'loaded twice');
    expect(await isPending(second)).toBe(true);
    load.answer('once');
    expect(await Promise.all([first, second])).toEqual(['once', 'once']);
  });

  it('need no bus: the second looks again by itself', async () => {
    const [one, other] = [open(), open()];
    const load = heldLoad();
    const first = one.getOrSet('k', load.loader);
    await load.begun;
    const second = other.getOrSet('k', () => 'loaded twice');
    await settled();
    load.answer('once');
    await first;
    expect(await isPending(second)).toBe(true);
    clock.advance(250);
    expect(await second).toBe('once');
  });

  it('let the second load if the first comes to nothing', async () => {
    const bus = inProcessBus();
    const [one, other] = [open({ bus }), open({ bus })];
    const load = heldLoad();
    const first = one.getOrSet('k', load.loader);
    await load.begun;
    const second = other.getOrSet('k', () => 'second');
    await settled();
    load.fail(new Error('down'));
    await expect(first).rejects.toThrow('down');
    expect(await second).toBe('second');
  });

  it('let the second load once a holder that is gone has not extended its lease', async () => {
    const gone = createCache({ clock: fakeClock(clock.now()), store });
    const abandoned = heldLoad();
    gone.getOrSet('k', abandoned.loader).catch(() => {});
    await abandoned.begun;
    const call = open().getOrSet('k', () => 'taken over');
    for (let waited = 0; waited < 2_900; waited += 100) {
      clock.advance(100);
      await settled();
    }
    expect(await isPending(call)).toBe(true);
    clock.advance(200);
    expect(await call).toBe('taken over');
    await gone.close();
  });

  it('leave the lease with who still loads, however long that takes', async () => {
    const [one, other] = [open(), open({ lease: { wait: '60s' } })];
    const load = heldLoad();
    const first = one.getOrSet('k', load.loader);
    await load.begun;
    const second = other.getOrSet('k', () => 'loaded twice');
    for (let waited = 0; waited < 20_000; waited += 250) {
      clock.advance(250);
      await settled();
    }
    expect(await isPending(second)).toBe(true);
    load.answer('once');
    await first;
    clock.advance(250);
    expect(await second).toBe('once');
  });

  it('wait no longer than they are told; what is loaded then stays in memory', async () => {
    const [one, other] = [open(), open({ lease: { wait: '500ms' } })];
    const load = heldLoad();
    const first = one.getOrSet('k', load.loader);
    await load.begun;
    const second = other.getOrSet('k', () => 'impatient');
    for (let waited = 0; waited < 600; waited += 25) {
      clock.advance(25);
      await settled();
    }
    expect(await second).toBe('impatient');
    load.answer('leased');
    await first;
    expect(await open().get('k')).toBe('leased');
    expect(await other.get('k')).toBe('impatient');
  });

  it('count the wait into the hard timeout', async () => {
    const one = open();
    const load = heldLoad();
    const first = one.getOrSet('k', load.loader);
    await load.begun;
    const second = open().getOrSet('k', () => 'late', { loaderTimeout: { hard: '1s' } });
    const refused = expect(second).rejects.toMatchObject({ code: 'LARDER_LOADER_TIMEOUT' });
    for (let waited = 0; waited < 1_100; waited += 50) {
      clock.advance(50);
      await settled();
    }
    await refused;
    load.answer('once');
    await first;
  });

  it('may both load when they force it; only one is stored', async () => {
    const [one, other] = [open({ memory: false }), open({ memory: false })];
    const loads = [heldLoad(), heldLoad()] as const;
    const calls = [
      one.getOrSet('k', loads[0].loader, { forceFresh: true }),
      other.getOrSet('k', loads[1].loader, { forceFresh: true }),
    ];
    await Promise.all(loads.map(({ begun }) => begun));
    loads[0].answer('first');
    loads[1].answer('second');
    expect(await Promise.all(calls)).toEqual(['first', 'second']);
    expect(['first', 'second']).toContain(await one.get('k'));
    expect(one.stats().loads + other.stats().loads).toBe(2);
  });

  it('load as many keys as they like in one call of the loader', async () => {
    const [one, other] = [open(), open()];
    const keys = Array.from({ length: 100 }, (_, at) => `k${at}`);
    const asked: (readonly string[])[] = [];
    const load = async (missing: readonly string[]) => {
      asked.push(missing);
      return new Map(missing.map((key) => [key, key]));
    };
    expect((await one.getOrSetMany(keys, load)).size).toBe(100);
    expect((await other.getOrSetMany(keys, load)).size).toBe(100);
    expect(asked.map(({ length }) => length)).toEqual([100]);
  });
});

describe('a load under a lease', () => {
  const changes: readonly (readonly [name: string, change: (other: Cache) => Promise<unknown>, after: unknown])[] = [
    ['deletes the key', (other) => other.delete('k'), undefined],
    ['writes the key', (other) => other.set('k', 'theirs'), 'theirs'],
    ['writes and deletes it', (other) => other.set('k', 'theirs').then(() => other.delete('k')), undefined],
    ['invalidates its tag', (other) => other.invalidateTags(['t']), undefined],
    ['clears the namespace', (other) => other.clear(), undefined],
    ['counts under the key', (other) => other.increment('k', 1), 1],
  ];

  it.each(changes)('is answered, and not stored, if another process %s meanwhile', async (_, change, after) => {
    const [one, other] = [open(), open()];
    const load = heldLoad();
    const call = one.getOrSet('k', load.loader, { tags: ['t'] });
    await load.begun;
    clock.advance(1);
    await change(other);
    clock.advance(1);
    load.answer('read before');
    expect(await call).toBe('read before');
    await settled();
    expect(await open().get('k')).toBe(after);
    expect(await one.get('k')).toBe(after);
  });

  it('is not stored either if the clock of the process that invalidates its tag is a little behind', async () => {
    const ahead = fakeClock(clock.now() + 20);
    const [one, other] = [open({ clock: ahead }), open()];
    const load = heldLoad();
    const call = one.getOrSet('k', load.loader, { tags: ['t'] });
    await load.begun;
    clock.advance(1);
    await other.invalidateTags(['t']);
    ahead.advance(2);
    load.answer('read before');
    expect(await call).toBe('read before');
    expect(await open({ clock: ahead }).get('k')).toBeUndefined();
  });

  it('is no entry for anybody', async () => {
    const [one, other] = [open(), open()];
    const load = heldLoad();
    const call = one.getOrSet('k', load.loader);
    await load.begun;
    expect(await other.get('k')).toBeUndefined();
    expect(await other.has('k')).toBe(false);
    expect((await other.keysPage({})).keys).toEqual([]);
    expect(await other.touch('k')).toBe(false);
    expect(await other.delete('k')).toBe(false);
    expect(await other.add('k', 'added')).toBe(true);
    load.answer('v');
    await call;
    expect(await other.get('k')).toBe('added');
  });

  const exits: readonly (readonly [name: string, load: (cache: Cache) => Promise<unknown>, answer: unknown])[] = [
    ['fails', (cache) => cache.getOrSet('k', () => Promise.reject(new Error('down'))), 'Error'],
    [
      'throws at once',
      (cache) =>
        cache.getOrSet('k', () => {
          throw new Error('down');
        }),
      'Error',
    ],
    ['has no value', (cache) => cache.getOrSet('k', () => undefined), undefined],
    [
      'skips the cache',
      (cache) =>
        cache.getOrSet('k', ({ skip }) => {
          skip();
          return 'v';
        }),
      'v',
    ],
    ['brings what cannot be kept', (cache) => cache.getOrSet('k', () => () => 'a function'), 'UnsupportedValueError'],
    [
      'runs into its hard timeout',
      (cache) => {
        const load = heldLoad();
        load.begun.then(() => clock.advance(1_000));
        return cache.getOrSet('k', load.loader, { loaderTimeout: { hard: '1s' } });
      },
      'LoaderTimeoutError',
    ],
    [
      'loses its last caller',
      async (cache) => {
        const controller = new AbortController();
        const load = heldLoad();
        load.begun.then(() => controller.abort(new Error('left')));
        await cache.getOrSet('k', load.loader, { signal: controller.signal });
      },
      'Error',
    ],
    [
      'is closed',
      (cache) => {
        const load = heldLoad();
        load.begun.then(() => cache.close());
        return cache.getOrSet('k', load.loader);
      },
      'ClosedError',
    ],
  ];

  it.each(exits)('leaves no lease and no timer behind if it %s', async (_, load, answer) => {
    const cache = open({ memory: false });
    await cache.get('anything');
    const before = clock.pendingTasks();
    expect(await load(cache).catch((error: Error) => error.name)).toEqual(answer);
    let left = 1;
    await until(() => {
      void standing('k').then((count) => {
        left = count;
      });
      return left === 0;
    });
    expect(clock.pendingTasks()).toBe(before);
  });
});

describe('two processes that renew one entry', () => {
  const stale = { ttl: '10s', staleWhileRevalidate: '60s' } as const;

  it('load it once, beside the stale entry that both go on serving', async () => {
    const bus = inProcessBus();
    const [one, other] = [open({ bus, ...stale }), open({ bus, ...stale })];
    await one.set('k', 'old');
    await other.get('k');
    clock.advance(10_000);
    const load = heldLoad();
    expect(await one.getOrSet('k', load.loader)).toBe('old');
    await load.begun;
    expect(await other.getOrSet('k', () => 'loaded twice')).toBe('old');
    await settled();
    load.answer('new');
    await until(() => one.stats().loads === 1);
    await settled();
    expect(await other.getOrSet('k', () => 'loaded twice')).toBe('new');
    expect(other.stats().loads).toBe(0);
    await until(() => one.stats().loads + other.stats().loads === 1);
    expect(await standing('k')).toBe(1);
  });

  it('do not store over what was deleted meanwhile', async () => {
    const [one, other] = [open(stale), open(stale)];
    await one.set('k', 'old');
    clock.advance(10_000);
    const load = heldLoad();
    await one.getOrSet('k', load.loader);
    await load.begun;
    await other.delete('k');
    load.answer('read before');
    await until(() => one.stats().loads === 1);
    await settled();
    expect(await open().get('k')).toBeUndefined();
  });
});

describe('without a store that can say who may load', () => {
  it('a bounded number of loads runs at a time, and none waits for a lease', async () => {
    const away = chaosStore(store, { clock, random: seededRandom(1), errorRate: 1 });
    const cache = open({ store: away, lease: { loadsWithoutStore: 3 }, circuitBreaker: false });
    let running = 0;
    let most = 0;
    const load = async () => {
      most = Math.max(most, ++running);
      await settled(1);
      running--;
      return 'v';
    };
    const answers = await Promise.all(Array.from({ length: 20 }, (_, at) => cache.getOrSet(`k${at}`, load)));
    expect(new Set(answers)).toEqual(new Set(['v']));
    expect(most).toBe(3);
  });
});

describe('lease: false', () => {
  it('lets each process load for itself', async () => {
    const [one, other] = [open({ lease: false }), open({ lease: false })];
    const load = heldLoad();
    const call = one.getOrSet('k', load.loader);
    await load.begun;
    expect(await other.getOrSet('k', () => 'theirs')).toBe('theirs');
    load.answer('ours');
    await call;
  });
});
