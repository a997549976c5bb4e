import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inProcessBus } from '../../src/bus/in-process-bus.js';
import { createCache } from '../../src/cache/create-cache.js';
import type { BusTransport } from '../../src/contracts/bus.js';
import type { Cache } from '../../src/contracts/cache.js';
import type { Store } from '../../src/contracts/store.js';
import type { CreateCacheOptions } from '../../src/options/cache-options.js';
import { type ChaosStore, chaosStore } from '../../src/testing/chaos-store.js';
import { type FakeClock, fakeClock } from '../../src/testing/fake-clock.js';
import { memoryMapStore } from '../../src/testing/memory-map-store.js';
import { seededRandom } from '../../src/testing/seeded-random.js';
import { settled } from '../load/held-load.js';
import { heldStore } from '../load/held-store.js';

/** A store that outlives the caches on it, each of which takes itself for a process. */
const shared = (store: Store): Store => ({
  ...store,
  capabilities: { ...store.capabilities, shared: true },
  async close() {},
});

describe('writes that do not reach the store', () => {
  let clock: FakeClock;
  let map: Store;
  let opened: Cache[];
  beforeEach(() => {
    clock = fakeClock();
    map = memoryMapStore();
    opened = [];
  });
  afterEach(async () => {
    const closing = Promise.all(opened.map((cache) => cache.close()));
    await pass(10_000);
    await closing;
  });

  interface Node {
    readonly cache: Cache;
    readonly store: ChaosStore;
    readonly events: unknown[];
  }

  const openOn = (store: Store, options: CreateCacheOptions = {}): Cache => {
    const cache = createCache({ clock, store, random: seededRandom(3), ttl: '1h', storeTimeout: '1s', ...options });
    opened.push(cache);
    return cache;
  };

  const open = (options: CreateCacheOptions = {}): Node => {
    const store = chaosStore(shared(map), { random: seededRandom(1), clock });
    const cache = openOn(store, options);
    const events: unknown[] = [];
    for (const type of ['recovered', 'recovery-lost'] as const) cache.on(type, (event) => events.push(event));
    return { cache, store, events };
  };

  /** Lets time pass, and what falls due do its work. */
  const pass = async (millis: number): Promise<void> => {
    for (let step = 0; step < millis; step += 250) {
      clock.advance(250);
      await settled();
    }
  };

  const away = ({ store }: Node) => store.become({ errorRate: 1 });
  const back = async ({ store }: Node) => {
    store.become({ errorRate: 0 });
    await pass(10_000);
  };

  it('reach it once it answers again, unasked: sets, deletes, invalidations', async () => {
    const one = open();
    const other = open({ memory: false });
    await one.cache.setMany([
      ['deleted', 'old'],
      ['replaced', 'old'],
    ]);
    await one.cache.set('tagged', 'old', { tags: ['t'] });
    away(one);
    expect(await one.cache.set('new', 1)).toBe(false);
    await one.cache.set('replaced', 'new');
    await one.cache.delete('deleted');
    await one.cache.invalidateTags(['t']);
    expect(await other.cache.get('replaced')).toBe('old');
    await back(one);
    expect(await other.cache.getMany(['new', 'replaced', 'deleted', 'tagged'])).toEqual(new Map<string, unknown>([['new', 1], ['replaced', 'new']])); // biome-ignore format: one line
    expect(one.events).toEqual([
      { type: 'recovered', namespace: '', sets: 2, deletes: 1, invalidations: 1, clears: 0 },
    ]);
    expect(one.cache.stats()).toMatchObject({ droppedWrites: 4, recoveredWrites: 4 });
  });

  it('may have arrived all the same, and are made again without harm', async () => {
    const one = open();
    await one.cache.set('deleted', 'old');
    // Half of the calls fail after they took effect.
    away(one);
    for (let at = 0; at < 20; at++) await one.cache.set(`k${at}`, at);
    await one.cache.delete('deleted');
    expect(one.store.counts.failedAfter).toBeGreaterThan(3);
    await back(one);
    const found = await open({ memory: false }).cache.getMany([...Array.from({ length: 20 }, (_, at) => `k${at}`), 'deleted']); // biome-ignore format: one line
    expect([...found.values()]).toEqual(Array.from({ length: 20 }, (_, at) => at));
  });

  it('do not replace what another process wrote later', async () => {
    const [one, other] = [open(), open({ memory: false })];
    away(one);
    await one.cache.set('k', 'older');
    await one.cache.delete('d');
    clock.advance(10);
    await other.cache.setMany([
      ['k', 'newer'],
      ['d', 'newer'],
    ]);
    await back(one);
    expect(await one.cache.get('k')).toBe('newer');
    expect(await other.cache.getMany(['k', 'd'])).toEqual(new Map([['k', 'newer'], ['d', 'newer']])); // biome-ignore format: one line
  });

  it('do not undo what this process did later', async () => {
    const one = open();
    away(one);
    await one.cache.set('k', 'first');
    one.store.become({ errorRate: 0 });
    await one.cache.delete('k');
    await pass(5_000);
    expect(await one.cache.get('k')).toBeUndefined();
    expect(await open({ memory: false }).cache.get('k')).toBeUndefined();
  });

  it('are not replayed once they have expired, and what they replaced goes all the same', async () => {
    const one = open();
    await one.cache.set('k', 'old');
    away(one);
    await one.cache.set('k', 'short', { ttl: '5s' });
    await pass(6_000);
    await back(one);
    expect(await open({ memory: false }).cache.get('k')).toBeUndefined();
  });

  it('are not replayed where they were invalidated since, nor does what they replaced come back', async () => {
    const [one, other] = [open(), open({ memory: false })];
    await other.cache.set('k', 'old', { tags: ['t'] });
    away(one);
    await one.cache.set('k', 'new', { tags: ['t'] });
    clock.advance(10);
    await other.cache.invalidateTags(['t'], { remove: true });
    await back(one);
    expect(await one.cache.get('k')).toBeUndefined();
    expect(await other.cache.get('k')).toBeUndefined();
  });

  it('hold in this process while they wait: a set is read, a delete hides what the store has', async () => {
    const held = heldStore(map);
    const one = openOn(shared(held), { memory: false });
    await one.setMany([['deleted', 'old'], ['replaced', 'old']]); // biome-ignore format: one line
    const letGo = held.hold('set');
    const letDelete = held.hold('delete');
    const letModify = held.hold('modify');
    const writing = [one.set('replaced', { by: 'new' }), one.delete('deleted')];
    await settled();
    await pass(1_000);
    await Promise.all(writing);
    // Reads are answered, and what waits is newer.
    expect(await one.get('replaced')).toEqual({ by: 'new' });
    expect(await one.get('deleted')).toBeUndefined();
    expect((await one.getMany(['replaced', 'deleted'])).size).toBe(1);
    for (const let_ of [letGo, letDelete, letModify]) let_();
    await pass(5_000);
    expect(await openOn(shared(map), { memory: false }).getMany(['replaced', 'deleted'])).toEqual(new Map([['replaced', { by: 'new' }]])); // biome-ignore format: one line
  });

  it('hide what a read brings that had begun before they were replayed', async () => {
    const held = heldStore(map);
    const one = openOn(shared(held), { memory: false });
    await one.set('k', 'old');
    const letDelete = held.hold('delete');
    const letModify = held.hold('modify');
    const deleting = one.delete('k');
    await settled();
    await pass(1_000);
    await deleting;
    const letRead = held.hold('get', 'answer');
    const reading = one.get('k');
    await settled();
    letDelete();
    letModify();
    letRead();
    await pass(5_000);
    expect(await reading).toBeUndefined();
    expect(await one.get('k')).toBeUndefined();
  });

  it('reach the store before a change of the same key is made there', async () => {
    const one = open();
    await one.cache.increment('n', 5);
    await one.cache.set('a', 'old');
    away(one);
    await one.cache.delete('n');
    await one.cache.delete('a');
    one.store.become({ errorRate: 0 });
    expect(await one.cache.increment('n', 1)).toBe(1);
    expect(await one.cache.add('a', 'new')).toBe(true);
  });

  it('reach the store before a load of the same key is stored', async () => {
    const one = open();
    await one.cache.set('k', 'old');
    away(one);
    await one.cache.delete('k');
    one.store.become({ errorRate: 0 });
    expect(await one.cache.getOrSet('k', () => 'loaded')).toBe('loaded');
    await pass(5_000);
    expect(await one.cache.get('k')).toBe('loaded');
    expect(await open({ memory: false }).cache.get('k')).toBe('loaded');
  });

  it('are a clear too, which hides everything at once', async () => {
    const [one, other] = [open(), open({ memory: false })];
    await one.cache.set('k', 'old');
    away(one);
    await one.cache.set('k', 'newer');
    await one.cache.clear();
    await one.cache.set('l', 'after');
    expect(await one.cache.get('k')).toBeUndefined();
    await back(one);
    expect(await other.cache.getMany(['k', 'l'])).toEqual(new Map([['l', 'after']]));
    expect(one.events).toEqual([
      { type: 'recovered', namespace: '', sets: 1, deletes: 0, invalidations: 0, clears: 1 },
    ]);
  });

  it("are not queued with onStoreError: 'throw': the caller was told", async () => {
    const one = open({ onStoreError: 'throw' });
    await one.cache.set('k', 'old');
    away(one);
    await expect(one.cache.delete('k')).rejects.toMatchObject({ code: 'LARDER_STORE_FAILED' });
    await expect(one.cache.clear()).rejects.toMatchObject({ code: 'LARDER_STORE_FAILED' });
    const { passed } = one.store.counts;
    await back(one);
    // The probe alone.
    expect(one.store.counts.passed).toBe(passed + 1);
  });

  it('are tried once more by close(), which tells what is lost', async () => {
    const [one, other] = [open(), open()];
    away(one);
    away(other);
    await one.cache.set('k', 1);
    await other.cache.setMany([['l', 1], ['m', 1]]); // biome-ignore format: one line
    await other.cache.delete('n');
    await other.cache.invalidateTags(['t']);
    one.store.become({ errorRate: 0 });
    await Promise.all([one.cache.close(), other.cache.close()]);
    expect(await open({ memory: false }).cache.get('k')).toBe(1);
    expect(other.events).toEqual([
      { type: 'recovery-lost', namespace: '', reason: 'closed', sets: 2, deletes: 1, invalidations: 1, clears: 0 },
    ]);
  });

  it('are tried again and again while the store fails now and then', async () => {
    const one = open();
    away(one);
    for (let at = 0; at < 600; at++) await one.cache.set(`k${at}`, at);
    one.store.become({ errorRate: 0.3 });
    await pass(120_000);
    one.store.become({ errorRate: 0 });
    await pass(31_000);
    const keys = Array.from({ length: 600 }, (_, at) => `k${at}`);
    expect((await open({ memory: false }).cache.getMany(keys)).size).toBe(600);
  });

  describe('of a process that was cut off from the store while another was not', () => {
    const pair = () => {
      const bus = inProcessBus();
      return [open({ bus }), open({ bus })] as const;
    };

    it('agrees with it afterwards, and nothing that was deleted comes back', async () => {
      const [one, other] = pair();
      await one.cache.setMany(['a', 'b', 'c', 'd'].map((key) => [key, 'old']));
      await other.cache.getMany(['a', 'b', 'c', 'd']);
      await pass(1_000);
      away(one);
      await one.cache.set('a', 'one');
      await one.cache.set('b', 'one');
      await one.cache.delete('c');
      await pass(1_000);
      await other.cache.delete('a');
      await other.cache.set('b', 'other');
      await pass(1_000);
      await back(one);
      for (const { cache } of [one, other]) {
        expect(await cache.getMany(['a', 'b', 'c', 'd'])).toEqual(new Map([['b', 'other'], ['d', 'old']])); // biome-ignore format: one line
      }
    });

    it('agrees with it where more was deleted than is kept in mind', async () => {
      const [one, other] = pair();
      await one.cache.setMany([['deleted', 'old'], ['kept', 'old']]); // biome-ignore format: one line
      await pass(1_000);
      away(one);
      await one.cache.delete('deleted');
      await one.cache.deleteMany(Array.from({ length: 10_001 }, (_, at) => `k${at}`));
      clock.advance(1);
      await one.cache.set('after', 1);
      await pass(1_000);
      for (const { cache } of [one, other]) expect(await cache.get('deleted')).toBeUndefined();
      await back(one);
      for (const { cache } of [one, other, open()]) {
        expect(await cache.getMany(['deleted', 'after'])).toEqual(new Map([['after', 1]]));
      }
    });

    it('puts nothing where the other may have deleted what it could not hear of', async () => {
      const bus = inProcessBus();
      let isDeaf = false;
      const deaf: BusTransport = {
        name: 'deaf',
        open: (listener) =>
          bus.open({ ...listener, received: (frame) => (isDeaf ? undefined : listener.received(frame)) }),
      };
      const [one, other] = [open({ bus: deaf }), open({ bus })];
      await other.cache.setMany([['deleted', 'old'], ['replaced', 'old']]); // biome-ignore format: one line
      await pass(3_000);
      isDeaf = true;
      away(one);
      await one.cache.setMany([['deleted', 'one'], ['replaced', 'one']]); // biome-ignore format: one line
      await pass(500);
      await other.cache.delete('deleted');
      await pass(500);
      isDeaf = false;
      await back(one);
      for (const { cache } of [one, other]) {
        expect(await cache.getMany(['deleted', 'replaced'])).toEqual(new Map([['replaced', 'one']]));
      }
      expect(one.events).toContainEqual(expect.objectContaining({ type: 'recovery-lost', reason: 'refused', sets: 1 }));
    });

    it('agrees with it where both were cut off, in whichever order they come back', async () => {
      for (const first of [0, 1] as const) {
        const nodes = pair();
        const [one, other] = nodes;
        const keys = [`set-deleted${first}`, `deleted-set${first}`];
        await one.cache.setMany(keys.map((key) => [key, 'old']));
        away(one);
        away(other);
        await one.cache.set(keys[0] as string, 'one');
        await one.cache.delete(keys[1] as string);
        await pass(1_000);
        await other.cache.delete(keys[0] as string);
        await other.cache.set(keys[1] as string, 'other');
        await pass(1_000);
        await back(nodes[first]);
        await back(nodes[1 - first] as Node);
        for (const { cache } of nodes) expect(await cache.getMany(keys)).toEqual(new Map([[keys[1], 'other']]));
      }
    });
  });
});

describe('a store that has failed', () => {
  it('is asked about once a second until it answers, and then no more', async () => {
    const clock = fakeClock();
    const store = chaosStore(memoryMapStore(), { random: seededRandom(1), clock });
    const circuitBreaker = { failures: 2, pause: '5s' } as const;
    const cache = createCache({ clock, store, random: () => 0.5, storeTimeout: '1s', circuitBreaker });
    const states: string[] = [];
    cache.on('circuit', ({ state }) => states.push(state));
    store.become({ errorRate: 1 });
    await cache.get('k');
    const asked = () => Object.values(store.counts).reduce((sum, count) => sum + count);
    const before = asked();
    for (let second = 0; second < 10; second++) {
      clock.advance(1_000);
      await settled();
    }
    expect(asked() - before).toBe(10);
    // What the probe asks opens no circuit, and keeps to the pause of an open one.
    expect(states).toEqual([]);
    await cache.get('k');
    expect(states).toEqual(['open']);
    const afterOpen = asked();
    clock.advance(4_000);
    await settled();
    expect(asked()).toBe(afterOpen);
    store.become({ errorRate: 0 });
    clock.advance(1_000);
    await settled();
    expect(states).toEqual(['open', 'closed']);
    const answered = asked();
    clock.advance(60_000);
    await settled();
    expect(asked()).toBe(answered);
    await cache.close();
    expect(clock.pendingTasks()).toBe(0);
  });
});
