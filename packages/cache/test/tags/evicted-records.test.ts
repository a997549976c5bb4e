import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCache } from '../../src/cache/create-cache.js';
import type { Cache } from '../../src/contracts/cache.js';
import type { Store } from '../../src/contracts/store.js';
import type { CreateCacheOptions } from '../../src/options/cache-options.js';
import { type FakeClock, fakeClock } from '../../src/testing/fake-clock.js';
import { memoryMapStore } from '../../src/testing/memory-map-store.js';

/** A store that may evict and has no listing, as memcached. Records of invalidations begin with `#`. */
function evictingStore(): Store {
  const { getNow: _, ...store } = memoryMapStore();
  const capabilities = { ...store.capabilities, synchronousReads: false, scan: false, evicts: true } as const;
  return { ...store, capabilities, async close() {} };
}

describe.each([[false], [undefined]] as const)('a store that evicts (memory: %s)', (memory) => {
  let clock: FakeClock;
  let store: Store;
  let opened: Cache[];
  beforeEach(() => {
    clock = fakeClock();
    store = evictingStore();
    opened = [];
  });
  afterEach(() => Promise.all(opened.map((cache) => cache.close())));

  const open = (options: CreateCacheOptions = {}): Cache => {
    const tiers = memory === false ? { memory } : {};
    const cache = createCache({ clock, store, ttl: '1h', onStoreError: 'throw', ...tiers, ...options });
    opened.push(cache);
    return cache;
  };
  async function evict(wanted: (key: string) => boolean): Promise<number> {
    const { keys } = await store.scan('#', { limit: 100 }, { now: clock.now() });
    const evicted = keys.filter(wanted);
    await store.delete(evicted, { now: clock.now() });
    return evicted.length;
  }
  const evictLedger = async () => expect(await evict((key) => key === '#:')).toBe(1);
  const evictMarker = async (tag: string) => expect(await evict((key) => key === `#:t${tag}`)).toBe(1);

  it('keeps what is written first, by whichever call', async () => {
    const calls: readonly ((cache: Cache) => Promise<unknown>)[] = [
      (cache) => cache.set('k', 1),
      (cache) => cache.set('k', 1, { tags: ['x'] }),
      (cache) => cache.add('k', 1),
      (cache) => cache.setEntry('k', 1, { tags: ['x'] }),
      (cache) => cache.increment('k', 1),
      (cache) => cache.getOrSet('k', () => 1),
      (cache) => cache.getOrSet('k', () => 1, { tags: ['x'] }),
    ];
    for (const call of calls) {
      store = evictingStore();
      await call(open());
      clock.advance(10);
      expect(await open().get('k'), String(call)).toBe(1);
    }
  });

  /** Somebody else begins the ledger, a little later by its clock, while the store keeps the first call waiting. */
  async function whileOtherFounds(call: (cache: Cache) => Promise<unknown>): Promise<unknown> {
    const answering = store;
    let letGo = () => {};
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    store = {
      ...answering,
      get: async (keys, options) => held.then(() => answering.get(keys, options)),
      modify: async (key, change, options) => held.then(() => answering.modify(key, change, options)),
    };
    const slow = call(open());
    store = answering;
    clock.advance(10);
    await open().set('other', 1);
    letGo();
    return slow;
  }

  it('keeps what was begun before somebody else began to use the store', async () => {
    const calls: readonly ((cache: Cache) => Promise<unknown>)[] = [
      (cache) => cache.set('k', 1),
      (cache) => cache.set('k', 1, { tags: ['x'] }),
      (cache) => cache.setMany([['k', 1]]),
      (cache) => cache.add('k', 1),
      (cache) => cache.setEntry('k', 1),
      (cache) => cache.increment('k', 1),
    ];
    for (const call of calls) {
      store = evictingStore();
      await whileOtherFounds(call);
      expect(await open().get('k'), String(call)).toBe(1);
    }
  });

  it('adds once, though two begin to use the store at once', async () => {
    const added = await whileOtherFounds((cache) => cache.add('k', 1));
    expect([added, await open().add('k', 2)]).toEqual([true, false]);
  });

  it('gives an entry the version that its writer was told', async () => {
    const { version } = (await whileOtherFounds((cache) => cache.setEntry('k', 1))) as { version: string };
    expect(await open().delete('k', { ifVersion: version })).toBe(true);
  });

  it.each(['ledger', 'marker', 'both'])(
    'brings nothing back that was invalidated when it loses the %s',
    async (lost) => {
      const one = open();
      await one.set('a', 1, { tags: ['x'] });
      clock.advance(10);
      await one.invalidateTags(['x'], { remove: true });
      clock.advance(10);
      if (lost !== 'ledger') await evictMarker('x');
      if (lost !== 'marker') await evictLedger();
      expect(await open().get('a')).toBeUndefined();
      expect(await one.get('a')).toBeUndefined();
      expect(await open().get('a')).toBeUndefined();
    },
  );

  it('brings nothing back that was cleared when it loses the ledger', async () => {
    const one = open();
    await one.set('a', 1);
    clock.advance(10);
    await one.clear();
    clock.advance(10);
    await evictLedger();
    expect(await open().get('a')).toBeUndefined();
  });

  it('does not serve stale what was removed, when its marker is lost before the tag is invalidated again', async () => {
    const windows = { staleWhileRevalidate: '1h' } as const;
    const one = open(windows);
    await one.set('a', 'old', { tags: ['x'] });
    clock.advance(10);
    await one.invalidateTags(['x'], { remove: true });
    await evictMarker('x');
    clock.advance(10);
    await open(windows).invalidateTags(['x']);
    expect(await open(windows).getOrSet('a', () => 'new')).toBe('new');
  });

  it('keeps what carries other tags when one tag is invalidated, before and after a loss of its marker', async () => {
    const one = open();
    await one.set('a', 1, { tags: ['x'] });
    await one.set('b', 2, { tags: ['y'] });
    await one.getOrSet('c', () => 3, { tags: ['y'] });
    clock.advance(10);
    await one.invalidateTags(['x'], { remove: true });
    await evictMarker('x');
    const other = open();
    expect([await other.get('a'), await other.get('b'), await other.get('c')]).toEqual([undefined, 2, 3]);
  });

  it('takes new entries after a loss, and keeps them', async () => {
    const one = open();
    await one.set('a', 1, { tags: ['x'] });
    clock.advance(10);
    await one.invalidateTags(['x'], { remove: true });
    await evictMarker('x');
    await evictLedger();
    clock.advance(10);
    expect(await open().get('a')).toBeUndefined();
    clock.advance(10);
    expect(await one.getOrSet('a', () => 2, { tags: ['x'] })).toBe(2);
    await one.set('b', 3, { tags: ['x'] });
    clock.advance(10);
    const other = open();
    expect([await other.get('a'), await other.get('b')]).toEqual([2, 3]);
    await other.invalidateTags(['x'], { remove: true });
    expect([await open().get('a'), await open().get('b')]).toEqual([undefined, undefined]);
  });

  it('stores no load that was under way when the ledger was lost', async () => {
    const one = open();
    await one.get('other');
    let answer: (value: string) => void = () => {};
    const load = one.getOrSet('k', () => new Promise<string>((resolve) => (answer = resolve)), { tags: ['x'] });
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    clock.advance(10);
    await open().invalidateTags(['x'], { remove: true });
    await evict(() => true);
    answer('old');
    await load;
    expect(await open().get('k')).toBeUndefined();
  });
});
