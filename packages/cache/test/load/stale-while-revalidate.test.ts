import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCache } from '../../src/cache/create-cache.js';
import type { CacheEvent } from '../../src/contracts/events.js';
import { UnsupportedValueError } from '../../src/errors.js';
import { fakeClock } from '../../src/testing/fake-clock.js';
import { memoryMapStore } from '../../src/testing/memory-map-store.js';
import { type OpenCache, settings } from '../cache/settings.js';
import { heldLoad, loadsEnded, settled, until } from './held-load.js';
import { heldStore } from './held-store.js';

const windows = { ttl: '10s', staleWhileRevalidate: '60s' } as const;

/** Waits for the first refresh in the background: it has stored what it loaded. */
async function refreshed(opened: OpenCache, value: unknown): Promise<void> {
  await loadsEnded(opened, 1);
  expect(await opened.cache.get('k')).toBe(value);
}

describe.each(settings)('staleWhileRevalidate on $name', ({ open }) => {
  let opened: OpenCache;
  let events: CacheEvent[];
  beforeEach(async () => {
    opened = await open({ ...windows, random: () => 0 });
    events = [];
    for (const type of ['miss', 'load', 'load-error', 'stale-served', 'refresh', 'load-overtaken'] as const)
      opened.cache.on(type, (event) => events.push(event));
  });
  afterEach(() => opened.close());

  /** An entry of `old`, past its ttl. */
  async function makeStale(value: unknown = 'old'): Promise<void> {
    await opened.cache.set('k', value);
    opened.clock.advance(10_000);
  }

  it('serves the stale value at once, and renews it in the background, once', async () => {
    const { cache } = opened;
    await makeStale();
    const load = heldLoad();
    const answers = await Promise.all(Array.from({ length: 10 }, () => cache.getOrSet('k', load.loader)));
    expect(new Set(answers)).toEqual(new Set(['old']));
    expect(await cache.getOrSet('k', load.loader)).toBe('old');
    load.answer('new');
    await refreshed(opened, 'new');
    expect(load.runs()).toBe(1);
    expect(await cache.getOrSet('k', load.loader)).toBe('new');
    expect(cache.stats()).toMatchObject({ loads: 1, refreshes: 1, staleHits: 11 });
  });

  it('is a miss for every read that cannot renew', async () => {
    const { cache } = opened;
    await makeStale();
    expect(await cache.get('k')).toBeUndefined();
    expect(await cache.has('k')).toBe(false);
    expect(await cache.getEntry('k')).toBeUndefined();
    expect(await cache.getMany(['k'])).toEqual(new Map());
    expect(await cache.ttlSeconds('k')).toBeUndefined();
    expect(await cache.touch('k')).toBe(false);
    expect(await cache.update('k', () => 'changed')).toBeUndefined();
  });

  it('is no live entry for delete', async () => {
    await makeStale();
    expect(await opened.cache.delete('k')).toBe(false);
  });
  it('is no live entry for setEntry', async () => {
    await makeStale();
    expect((await opened.cache.setEntry('k', 'new')).created).toBe(true);
  });
  it('is no live key', async () => {
    await makeStale();
    expect((await opened.cache.keysPage({})).keys).toEqual([]);
  });
  it('is not counted by deleteMatching', async () => {
    await makeStale();
    expect(await opened.cache.deleteMatching('*')).toBe(0);
  });

  it('is absent for add and increment', async () => {
    const { cache } = opened;
    await makeStale(5);
    expect(await cache.increment('k')).toBe(1);
    await cache.set('k', 5);
    opened.clock.advance(10_000);
    expect(await cache.add('k', 'added')).toBe(true);
  });

  it('serves up to the last moment of the window, and loads in the foreground from then on', async () => {
    const { cache, clock } = opened;
    await makeStale();
    clock.advance(59_999);
    expect(await cache.getOrSet('k', () => 'new')).toBe('old');
    await refreshed(opened, 'new');
    clock.advance(70_000);
    expect(await cache.getOrSet('k', () => 'newest')).toBe('newest');
  });

  it("serves nothing stale with '0s', of the cache or of the call", async () => {
    const { cache, clock } = opened;
    await makeStale();
    expect(await cache.getOrSet('k', () => 'new', { staleWhileRevalidate: '0s' })).toBe('new');
    const strict = cache.namespace('strict', { staleWhileRevalidate: '0s' });
    await strict.set('k', 'old');
    clock.advance(10_000);
    expect(await strict.getOrSet('k', () => 'new')).toBe('new');
  });

  it('never serves beyond what the entry was written with, whatever the call says', async () => {
    const { cache, clock } = opened;
    await cache.set('k', 'old', { staleWhileRevalidate: '5s' });
    clock.advance(15_000);
    expect(await cache.getOrSet('k', () => 'new', { staleWhileRevalidate: '1h' })).toBe('new');
  });

  it("holds a stale entry for ever with 'never', and a fresh one with ttl 'never' never becomes stale", async () => {
    const { cache, clock } = opened;
    await cache.set('k', 'old', { staleWhileRevalidate: 'never' });
    await cache.set('fresh', 'for ever', { ttl: 'never', jitter: '1h' });
    clock.advance(10 * 365 * 86_400_000);
    expect(await cache.getOrSet('k', () => 'new', { staleWhileRevalidate: 'never' })).toBe('old');
    await refreshed(opened, 'new');
    expect(await cache.getOrSet('fresh', () => 'loaded')).toBe('for ever');
  });

  it('tells the refresh, the stale answers and the load, with their reasons', async () => {
    const { cache } = opened;
    await makeStale();
    await cache.getOrSet('k', () => 'new');
    await refreshed(opened, 'new');
    expect(events.filter(({ type }) => type !== 'miss')).toEqual([
      { type: 'refresh', namespace: '', key: 'k', reason: 'stale' },
      { type: 'stale-served', namespace: '', key: 'k', reason: 'refreshing' },
      { type: 'load', namespace: '', key: 'k', reason: 'stale', millis: 0, freshUntil: expect.any(Number) },
    ]);
  });

  it('goes on serving when the refresh fails, without trying again at every read', async () => {
    const { cache, clock } = opened;
    await makeStale();
    let loads = 0;
    const fail = () => {
      loads++;
      return Promise.reject(new Error('down'));
    };
    for (let read = 0; read < 20; read++) {
      expect(await cache.getOrSet('k', fail)).toBe('old');
      await loadsEnded(opened, 1);
    }
    expect(loads).toBe(1);
    expect(events).toContainEqual(expect.objectContaining({ type: 'load-error', reason: 'stale' }));
    expect(events.at(-1)).toMatchObject({ type: 'stale-served', reason: 'backing-off' });
    clock.advance(1_000);
    await cache.getOrSet('k', fail);
    await loadsEnded(opened, 2);
    expect(loads).toBe(2);
  });

  it('takes a value that cannot be kept for a failed load: told, and not tried again at every read', async () => {
    const { cache } = opened;
    await makeStale();
    let loads = 0;
    const unkeepable = () => {
      loads++;
      return (() => {}) as unknown as string;
    };
    for (let read = 0; read < 5; read++) {
      expect(await cache.getOrSet('k', unkeepable)).toBe('old');
      await loadsEnded(opened, 1);
    }
    expect(loads).toBe(1);
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'load-error', error: expect.any(UnsupportedValueError) }),
    );
  });

  it('removes what the source has no more', async () => {
    const { cache } = opened;
    await makeStale();
    expect(await cache.getOrSet('k', () => undefined as unknown as string)).toBe('old');
    await loadsEnded(opened, 1);
    const load = heldLoad();
    const next = cache.getOrSet('k', load.loader);
    expect((await load.begun).stale).toBeUndefined();
    load.answer('there again');
    expect(await next).toBe('there again');
  });

  it('keeps the caller who has its answer out of the refresh: leaving ends nothing', async () => {
    const { cache } = opened;
    await makeStale();
    const load = heldLoad();
    const controller = new AbortController();
    expect(await cache.getOrSet('k', load.loader, { signal: controller.signal })).toBe('old');
    const { signal } = await load.begun;
    controller.abort();
    expect(signal.aborted).toBe(false);
    load.answer('new');
    await refreshed(opened, 'new');
  });

  describe('a refresh under way when', () => {
    it.each([
      ['delete', (o: OpenCache) => o.cache.delete('k'), undefined],
      ['deleteMany', (o: OpenCache) => o.cache.deleteMany(['other', 'k']), undefined],
      ['deleteMatching', (o: OpenCache) => o.cache.deleteMatching('k*'), undefined],
      ['clear', (o: OpenCache) => o.cache.clear(), undefined],
      ['set', (o: OpenCache) => o.cache.set('k', 'newer'), 'newer'],
      ['setMany', (o: OpenCache) => o.cache.setMany([['k', 'newer']]), 'newer'],
      ['setEntry', (o: OpenCache) => o.cache.setEntry('k', 'newer'), 'newer'],
      ['add', (o: OpenCache) => o.cache.add('k', 'newer'), 'newer'],
      ['increment', (o: OpenCache) => o.cache.increment('k', 7), 7],
      ['writeThrough', (o: OpenCache) => o.cache.writeThrough('k', 'newer', () => {}), 'newer'],
      ['failed writeThrough', (o: OpenCache) => o.cache.writeThrough('k', 1, failing).catch(() => {}), undefined],
      ['forced load', (o: OpenCache) => o.cache.getOrSet('k', () => 'newer', { forceFresh: true }), 'newer'],
    ] as const)('%s comes is not stored', async (_, write, expected) => {
      const { cache } = opened;
      await makeStale();
      const load = heldLoad();
      expect(await cache.getOrSet('k', load.loader)).toBe('old');
      await load.begun;
      await write(opened);
      load.answer('read before');
      await until(() => events.some(({ type }) => type === 'load-overtaken'));
      expect(await cache.get('k')).toBe(expected);
      expect(events).toContainEqual({ type: 'load-overtaken', namespace: '', key: 'k' });
      // Nothing stale is left either.
      if (expected === undefined) expect(await cache.getOrSet('k', () => 'loaded again')).toBe('loaded again');
    });

    it.each([
      ['update', (o: OpenCache) => o.cache.update('k', () => 'x')],
      ['touch', (o: OpenCache) => o.cache.touch('k')],
    ] as const)('%s finds nothing live to change ends well', async (_, change) => {
      const { cache } = opened;
      await makeStale();
      const load = heldLoad();
      await cache.getOrSet('k', load.loader);
      await change(opened);
      load.answer('new');
      await loadsEnded(opened, 1);
      expect(await cache.getOrSet('k', () => 'newest')).toMatch(/^(old|new)$/);
    });

    it('a delete and a failure come leaves nothing behind', async () => {
      const { cache } = opened;
      await makeStale();
      const load = heldLoad();
      await cache.getOrSet('k', load.loader);
      await cache.delete('k');
      load.fail(new Error('down'));
      await loadsEnded(opened, 1);
      expect(await cache.getOrSet('k', () => 'new')).toBe('new');
    });
  });

  it.each([
    ['deleteMatching', (o: OpenCache) => o.cache.deleteMatching('*')],
    ['delete', (o: OpenCache) => o.cache.delete('k')],
    ['clear', (o: OpenCache) => o.cache.clear()],
  ] as const)('%s takes a stale entry too: it is served no more', async (_, remove) => {
    await makeStale();
    await remove(opened);
    expect(await opened.cache.getOrSet('k', () => 'new')).toBe('new');
  });

  it('gives a caller who may change its value no way to what the refresh keeps', async () => {
    const { cache } = opened;
    await makeStale(new Map([['a', 1]]));
    const load = heldLoad<Map<string, number>>();
    const served = await cache.getOrSet('k', load.loader);
    const context = await load.begun;
    served.set('a', 666);
    expect(context.stale?.value).toEqual(new Map([['a', 1]]));
    load.answer(context.notModified() as never);
    await loadsEnded(opened, 1);
    expect(await cache.get('k')).toEqual(new Map([['a', 1]]));
  });
});

function failing(): never {
  throw new Error('not persisted');
}

describe('staleWhileRevalidate over a network', () => {
  it('shares a read of the store without sharing what may be changed', async () => {
    const clock = fakeClock();
    const store = heldStore();
    const cache = createCache({ ...windows, clock, store, memory: false });
    await cache.set('k', new Map([['a', 1]]));
    clock.advance(10_000);
    const load = heldLoad<Map<string, number>>();
    const [one, other] = await Promise.all([cache.getOrSet('k', load.loader), cache.getOrSet('k', load.loader)]);
    one?.set('a', 666);
    expect(other).toEqual(new Map([['a', 1]]));
    load.answer(new Map());
    await cache.close();
  });

  it('shares a fresh read without sharing what may be changed', async () => {
    const store = heldStore();
    const cache = createCache({ clock: fakeClock(), store, memory: { values: 'clone' } });
    const writer = createCache({ clock: fakeClock(), store });
    await writer.set('k', { a: [1] });
    const read = () => cache.getOrSet('k', () => ({ a: [0] }));
    const [one, other] = await Promise.all([read(), read()]);
    one?.a.push(666);
    expect(other).toEqual({ a: [1] });
    expect(await read()).toEqual({ a: [1] });
    await cache.close();
  });

  it('answers from memory at once while the store hangs', async () => {
    const clock = fakeClock();
    const store = heldStore();
    const cache = createCache({ ...windows, clock, store });
    await cache.set('k', 'old');
    clock.advance(10_000);
    for (const method of ['get', 'set', 'delete', 'modify'] as const) store.hold(method);
    expect(await cache.getOrSet('k', () => 'new')).toBe('old');
    // The refresh leaves for the store first, as long as that has time.
    await settled();
    clock.advance(1_000);
    await settled();
    expect(await cache.getOrSet('k', () => 'newest')).toBe('new');
    clock.advance(10_000);
    await cache.close();
  });

  it('does not hide what another process has renewed behind its own stale copy', async () => {
    const clock = fakeClock();
    const store = memoryMapStore();
    const [cache, other] = [createCache({ ...windows, clock, store }), createCache({ ...windows, clock, store })];
    await cache.set('k', 'old');
    clock.advance(10_000);
    await other.set('k', 'new');
    expect(await cache.get('k')).toBe('new');
  });
});
