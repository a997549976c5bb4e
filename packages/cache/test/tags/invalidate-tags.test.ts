import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Cache } from '../../src/contracts/cache.js';
import { chaosStore } from '../../src/testing/chaos-store.js';
import { fakeClock } from '../../src/testing/fake-clock.js';
import { memoryMapStore } from '../../src/testing/memory-map-store.js';
import { seededRandom } from '../../src/testing/seeded-random.js';
import { type OpenCache, settings } from '../cache/settings.js';
import { heldLoad, loadsEnded, settled, until } from '../load/held-load.js';
import { heldStore } from '../load/held-store.js';
import { openTwo, pairs, type TwoCaches } from './two-caches.js';

const windows = { ttl: '10s', staleWhileRevalidate: '20s', staleIfError: '60s' } as const;
const tagged = { tags: ['t'] };
const failing = () => Promise.reject(new Error('source is down'));

describe.each(settings)('invalidateTags on $name', ({ name, open }) => {
  let opened: OpenCache;
  let cache: Cache;
  beforeEach(async () => {
    opened = await open({ ttl: '1h' });
    cache = opened.cache;
  });
  afterEach(() => opened.close());

  it('makes every entry with one of the tags a miss for every read, and no other', async () => {
    await cache.set('t', 1, { tags: ['t'] });
    await cache.set('tu', 1, { tags: ['u', 't'] });
    await cache.set('u', 1, { tags: ['u'] });
    await cache.set('none', 1);
    await cache.invalidateTags(['t', 'never used']);
    for (const key of ['t', 'tu']) {
      expect(await cache.get(key)).toBeUndefined();
      expect(await cache.has(key)).toBe(false);
      expect(await cache.getEntry(key)).toBeUndefined();
      expect(await cache.ttlSeconds(key)).toBeUndefined();
      expect(await cache.touch(key)).toBe(false);
      expect(await cache.update(key, () => 2)).toBeUndefined();
    }
    expect(await cache.getMany(['t', 'tu', 'u', 'none'])).toEqual(new Map([['u', 1], ['none', 1]])); // biome-ignore format: a map
    expect([...(await cache.keysPage({})).keys].sort()).toEqual(['none', 'u']);
    expect(await cache.deleteMatching('*')).toBe(2);
  });

  it('counts what it invalidated as absent for add, increment, delete and setEntry', async () => {
    await cache.setMany(
      ['a', 'b', 'c', 'd'].map((key): [string, number] => [key, 5]),
      tagged,
    );
    await cache.invalidateTags(['t']);
    expect(await cache.add('a', 1)).toBe(true);
    expect(await cache.increment('b')).toBe(1);
    expect(await cache.delete('c')).toBe(false);
    expect((await cache.setEntry('d', 1)).created).toBe(true);
  });

  it('keeps what is written afterwards, within the same millisecond', async () => {
    await cache.set('k', 'old', tagged);
    const invalidating = cache.invalidateTags(['t']);
    await cache.set('k', 'new', tagged);
    await invalidating;
    expect(await cache.get('k')).toBe('new');
    expect(await cache.getOrSet('other', () => 'loaded', tagged)).toBe('loaded');
    expect(await cache.get('other')).toBe('loaded');
  });

  it('does nothing without tags, and refuses what is no tag', async () => {
    await cache.set('k', 1);
    await cache.invalidateTags([]);
    expect(await cache.get('k')).toBe(1);
    for (const bad of ['t', [''], [1], undefined, ['\ud800'], ['x'.repeat(1_025)]])
      await expect(cache.invalidateTags(bad as never)).rejects.toMatchObject({ code: /^LARDER_INVALID/ });
  });

  it('knows tags of any form apart', async () => {
    const tags = [
      '__proto__',
      'constructor',
      'é',
      'e\u0301',
      ':',
      '#',
      ' ',
      '日本',
      'x'.repeat(1_023),
      'x'.repeat(1_024),
    ];
    for (const tag of tags) await cache.set(tag, tag, { tags: [tag] });
    for (const [at, tag] of tags.entries()) {
      await cache.invalidateTags([tag]);
      expect([...(await cache.getMany(tags)).keys()]).toEqual(tags.slice(at + 1));
    }
  });

  it('stays within its namespace', async () => {
    const child = cache.namespace('child');
    const sibling = cache.namespace('sibling');
    for (const each of [cache, child, sibling]) await each.set('k', 1, tagged);
    await child.invalidateTags(['t']);
    expect(await child.get('k')).toBeUndefined();
    expect(await cache.get('k')).toBe(1);
    await cache.invalidateTags(['t'], { remove: true });
    expect(await sibling.get('k')).toBe(1);
  });

  it('reports the call, once', async () => {
    const events: unknown[] = [];
    cache.on('invalidate-tags', (event) => events.push(event));
    await cache.invalidateTags(['t', 't', 'u'], { remove: true });
    await cache.invalidateTags([]);
    expect(events).toEqual([{ type: 'invalidate-tags', namespace: '', tags: ['t', 'u'], remove: true }]);
  });

  describe('the tags of an entry', () => {
    async function expectInvalidatedBy(tag: string, key = 'k'): Promise<void> {
      await cache.invalidateTags(['some other']);
      expect(await cache.has(key)).toBe(true);
      await cache.invalidateTags([tag]);
      expect(await cache.has(key)).toBe(false);
    }

    it('are those of the options of getOrSet', async () => {
      await cache.getOrSet('k', () => 1, tagged);
      await expectInvalidatedBy('t');
    });

    it('are those that the loader sets instead', async () => {
      await cache.getOrSet(
        'k',
        ({ setTags }) => {
          setTags(['u']);
          return 1;
        },
        tagged,
      );
      await cache.invalidateTags(['t']);
      await expectInvalidatedBy('u');
    });

    it('are those of getOrSetMany, key by key', async () => {
      await cache.getOrSetMany(['a', 'b'], (keys) => new Map(keys.map((key) => [key, 1])), {
        entryOptions: (key) => ({ tags: [`of ${key}`] }),
      });
      await expectInvalidatedBy('of a', 'a');
      expect(await cache.has('b')).toBe(true);
    });

    it('are those of setMany', async () => {
      await cache.setMany([['a', 1], ['k', 1]], tagged); // biome-ignore format: pairs
      await expectInvalidatedBy('t');
      expect(await cache.has('a')).toBe(false);
    });

    it('are those of writeThrough and add', async () => {
      await cache.writeThrough('a', 1, () => {}, tagged);
      await cache.add('k', 1, tagged);
      await expectInvalidatedBy('t');
      expect(await cache.has('a')).toBe(false);
    });

    it('are kept by update and increment', async () => {
      await cache.set('k', 1, tagged);
      await cache.update('k', () => 2);
      await cache.increment('k');
      expect((await cache.getEntry('k'))?.tags).toEqual(['t']);
      await expectInvalidatedBy('t');
    });

    it('are kept by touch', async () => {
      await cache.set('k', 1, tagged);
      await cache.touch('k', '7d');
      await expectInvalidatedBy('t');
    });

    it('are kept by notModified', async () => {
      await opened.close();
      opened = await open({ ...windows, random: () => 0 });
      cache = opened.cache;
      await cache.set('k', 1, tagged);
      opened.clock.advance(10_000);
      await cache.getOrSet('k', ({ notModified }) => notModified());
      await loadsEnded(opened, 1);
      await until(() => true);
      expect((await cache.getEntry('k'))?.tags).toEqual(['t']);
      await expectInvalidatedBy('t');
    });

    it('are replaced by a plain set', async () => {
      await cache.set('k', 1, tagged);
      await cache.set('k', 1, { tags: ['u'] });
      await cache.invalidateTags(['t']);
      await expectInvalidatedBy('u');
    });
  });

  describe('within a stale window', () => {
    beforeEach(async () => {
      await opened.close();
      opened = await open({ ...windows, random: () => 0 });
      cache = opened.cache;
    });

    it('expires: the stale value is served while it is renewed', async () => {
      await cache.set('k', 'old', tagged);
      await cache.invalidateTags(['t']);
      expect(await cache.getOrSet('k', () => 'new', tagged)).toBe('old');
      await loadsEnded(opened, 1);
      expect(await cache.get('k')).toBe('new');
    });

    it('expires: the stale value covers a failing load', async () => {
      await cache.set('k', 'old', tagged);
      await cache.invalidateTags(['t']);
      opened.clock.advance(30_000);
      expect(await cache.getOrSet('k', failing, tagged)).toBe('old');
    });

    it('begins the windows at the invalidation, and never ends them later than the entry', async () => {
      await cache.set('k', 'old', tagged);
      await cache.set('late', 'old', tagged);
      await cache.invalidateTags(['t']);
      opened.clock.advance(59_999);
      expect(await cache.getOrSet('k', failing)).toBe('old');
      // The invalidation has a stamp within its millisecond.
      opened.clock.advance(2);
      await expect(cache.getOrSet('late', failing)).rejects.toThrow('source is down');
    });

    it('does not lengthen the windows of what was stale before', async () => {
      await cache.set('k', 'old', tagged);
      opened.clock.advance(69_000);
      await cache.invalidateTags(['t']);
      opened.clock.advance(1_000);
      await expect(cache.getOrSet('k', failing)).rejects.toThrow('source is down');
    });

    // A store keeps one time a tag, the last: there the window begins anew, up to the end of the entry.
    const itOfMemory = name === 'LMDB alone' ? it.fails : it;
    itOfMemory('begins them at the first of several invalidations', async () => {
      await cache.set('k', 'old', tagged);
      await cache.invalidateTags(['t']);
      await cache.getOrSet('k', failing).catch(() => {});
      opened.clock.advance(59_000);
      await cache.invalidateTags(['t']);
      opened.clock.advance(1_001);
      await expect(cache.getOrSet('k', failing)).rejects.toThrow('source is down');
    });

    it('hides the stale value with remove, whatever else expires it', async () => {
      await cache.set('k', 'old', tagged);
      await cache.invalidateTags(['t']);
      await cache.invalidateTags(['t'], { remove: true });
      await cache.invalidateTags(['t']);
      await expect(cache.getOrSet('k', failing)).rejects.toThrow('source is down');
      expect(await cache.getOrSet('k', () => 'new')).toBe('new');
    });

    it('shows the loader the stale value, and after a removal none', async () => {
      const seen: unknown[] = [];
      await cache.set('k', 'old', tagged);
      await cache.invalidateTags(['t']);
      opened.clock.advance(20_000);
      await cache.getOrSet('k', ({ stale }) => void seen.push(stale?.value), tagged);
      await cache.set('k', 'old', tagged);
      await cache.invalidateTags(['t'], { remove: true });
      await cache.getOrSet('k', ({ stale }) => void seen.push(stale?.value), tagged);
      expect(seen).toEqual(['old', undefined]);
    });
  });

  describe.each([[false], [true]])('while a load is under way (remove: %s)', (remove) => {
    it('keeps what it brings from being stored, and starts another for who comes then', async () => {
      const [first, second] = [heldLoad(), heldLoad()];
      const before = cache.getOrSet('k', first.loader, tagged);
      await first.begun;
      await cache.invalidateTags(['t'], { remove });
      const after = cache.getOrSet('k', second.loader, tagged);
      await second.begun;
      first.answer('old');
      expect(await before).toBe('old');
      expect(await cache.get('k')).toBeUndefined();
      second.answer('new');
      expect(await after).toBe('new');
      expect(await cache.get('k')).toBe('new');
    });

    it('counts for the tags that only the loader knows', async () => {
      const gate = heldLoad();
      const before = cache.getOrSet<string>('k', async (context) => {
        context.setTags(['t']);
        return gate.loader(context);
      });
      await gate.begun;
      await cache.invalidateTags(['t'], { remove });
      gate.answer('old');
      expect(await before).toBe('old');
      expect(await cache.get('k')).toBeUndefined();
    });

    it('leaves a load of other tags alone', async () => {
      const load = heldLoad();
      const before = cache.getOrSet('k', load.loader, { tags: ['u'] });
      await load.begun;
      await cache.invalidateTags(['t'], { remove });
      load.answer('loaded');
      await before;
      expect(await cache.get('k')).toBe('loaded');
    });
  });
});

describe.each(pairs)('invalidateTags of two caches on $name', ({ name, hasMemory, sureAfter, open }) => {
  let two: TwoCaches;
  beforeEach(async () => {
    two = await open({ ttl: '1h' });
  });
  afterEach(() => two.close());

  /** Memory of another process may answer until the store is read: any read of it will do. */
  const readStore = (cache: Cache) => cache.get('read to learn what others did');

  it.each([[false], [true]])('reaches the other cache (remove: %s)', async (remove) => {
    const { one, other, clock } = two;
    await one.set('k', 'old', tagged);
    expect(await other.get('k')).toBe('old');
    clock.advance(1);
    await one.invalidateTags(['t'], { remove });
    if (hasMemory) expect(await other.get('k')).toBe('old');
    await readStore(other);
    // A store that reads at once does not show its ledger with a miss.
    await other.getMany(['read']);
    expect(await other.get('k')).toBeUndefined();
    expect(await one.get('k')).toBeUndefined();
    expect(await two.newcomer().get('k')).toBeUndefined();
  });

  it('leaves the other cache what was written since, and what has other tags', async () => {
    const { one, other, clock } = two;
    await one.set('u', 1, { tags: ['u'] });
    await other.set('plain', 1);
    clock.advance(1);
    await one.invalidateTags(['t']);
    clock.advance(sureAfter);
    await other.set('k', 'new', tagged);
    for (const cache of [one, other, two.newcomer()]) expect((await cache.getMany(['k', 'u', 'plain'])).size).toBe(3);
  });

  it('beats a load in the other cache that began before', async () => {
    const { one, other, clock } = two;
    const load = heldLoad();
    const loading = other.getOrSet('k', load.loader, tagged);
    await load.begun;
    clock.advance(1);
    await one.invalidateTags(['t'], { remove: true });
    clock.advance(1);
    load.answer('old');
    expect(await loading).toBe('old');
    for (const cache of [one, other, two.newcomer()]) expect(await cache.get('k')).toBeUndefined();
  });

  it('beats a load in the other cache whose loader names the tag', async () => {
    const { one, other, clock } = two;
    const load = heldLoad();
    const loading = other.getOrSet<string>('k', (context) => {
      context.setTags(['t']);
      return load.loader(context);
    });
    await load.begun;
    clock.advance(1);
    await one.invalidateTags(['t'], { remove: true });
    clock.advance(1);
    load.answer('old');
    await loading;
    for (const cache of [one, other, two.newcomer()]) expect(await cache.get('k')).toBeUndefined();
  });

  it('outlives a touch that gave the entry a longer life', async () => {
    const { one, other, clock } = two;
    await one.set('k', 1, tagged);
    clock.advance(1);
    await one.touch('k', '30d');
    clock.advance(1);
    await other.invalidateTags(['t'], { remove: true });
    clock.advance(29 * 86_400_000);
    expect(await two.newcomer().get('k')).toBeUndefined();
  });

  it.each(['set', 'setEntry', 'add', 'setMany', 'getOrSet', 'writeThrough'] as const)(
    'lives as long as an entry with a long life that came by %s',
    async (method) => {
      const { one, other, clock } = two;
      const options = { ttl: '30d', staleIfError: '30d', tags: ['t'] } as const;
      if (method === 'setMany') await one.setMany([['k', 1]], options);
      else if (method === 'getOrSet') await one.getOrSet('k', () => 1, options);
      else if (method === 'writeThrough') await one.writeThrough('k', 1, () => {}, options);
      else await one[method]('k', 1, options);
      clock.advance(1);
      await other.invalidateTags(['t'], { remove: true });
      clock.advance(29 * 86_400_000);
      expect(await two.newcomer().get('k')).toBeUndefined();
    },
  );

  it('lets its marker end when all that it could mark has ended', async () => {
    const { one, clock, store } = two;
    await one.set('k', 1, { ttl: '2h', tags: ['t'] });
    clock.advance(1);
    await one.invalidateTags(['t']);
    const records = async () => (await store.scan('#', { limit: 100 }, { now: clock.now() })).keys.length;
    expect(await records()).toBe(2);
    clock.advance(5 * 3_600_000);
    // The ledger stays.
    expect(await records()).toBe(1);
  });

  it('beats a change in the other cache of what it invalidated', async () => {
    const { one, other, clock } = two;
    await one.set('n', 1, tagged);
    expect(await other.get('n')).toBe(1);
    clock.advance(1);
    await one.invalidateTags(['t']);
    clock.advance(1);
    expect(await other.update('n', () => 2)).toBeUndefined();
    expect(await other.increment('n')).toBe(1);
    expect(await other.touch('n')).toBe(true);
  });

  it('makes the other cache count what it invalidated as absent', async () => {
    const { one, other, clock } = two;
    await one.setMany([['a', 1], ['b', 1], ['c', 1]], tagged); // biome-ignore format: pairs
    clock.advance(1);
    await one.invalidateTags(['t']);
    clock.advance(1);
    expect((await other.keysPage({})).keys).toEqual([]);
    expect(await other.add('a', 1)).toBe(true);
    expect((await other.setEntry('b', 1)).created).toBe(true);
    expect(await other.delete('c')).toBe(false);
  });

  // A delete does not wait for a read over a network, which may fail: it judges by what was read last.
  const itOfFiles = name.endsWith('LMDB') ? it : it.fails;
  itOfFiles('makes a newcomer count what it invalidated as absent for a delete', async () => {
    const { one, clock } = two;
    await one.set('k', 1, tagged);
    clock.advance(1);
    await one.invalidateTags(['t']);
    expect(await two.newcomer().delete('k')).toBe(false);
  });
});

describe('what tags cost on a store over a network', () => {
  it('reads all markers of an entry in one batch, once', async () => {
    const store = heldStore();
    const { one, other, clock, close } = openTwo(store, { memory: false });
    const tags = Array.from({ length: 20 }, (_, at) => `t${at}`);
    await one.set('k', 1, { tags });
    clock.advance(1);
    await one.invalidateTags(['some other']);
    const calls = async (work: () => Promise<unknown>) => {
      const before = store.calls.length;
      await work();
      return store.calls.slice(before);
    };
    expect(await calls(() => other.get('k'))).toEqual(['get', 'get']);
    expect(await calls(() => other.get('k'))).toEqual(['get']);
    expect(await calls(() => other.getMany(['k', 'l']))).toEqual(['get']);
    await close();
  });

  it('reads the markers of many entries in one batch', async () => {
    const store = heldStore();
    const { one, other, clock, close } = openTwo(store, { memory: false });
    const keys = Array.from({ length: 200 }, (_, at) => `k${at}`);
    for (const key of keys) await one.set(key, 1, { tags: [key, 'all'] });
    clock.advance(1);
    await one.invalidateTags(['some other']);
    const before = store.calls.length;
    expect((await other.getMany(keys)).size).toBe(200);
    expect(store.calls.slice(before)).toEqual(['get', 'get']);
    await close();
  });

  it('reads no marker for an entry without tags, nor for one that is younger than any invalidation', async () => {
    const store = heldStore();
    const { one, other, clock, close } = openTwo(store, { memory: false });
    await one.set('plain', 1);
    clock.advance(1);
    await one.invalidateTags(['some other']);
    clock.advance(1);
    await one.set('young', 1, tagged);
    const before = store.calls.length;
    await other.get('plain');
    await other.get('young');
    expect(store.calls.slice(before)).toEqual(['get', 'get']);
    await close();
  });

  it('writes a tagged entry in one call once its life is announced', async () => {
    const store = heldStore();
    const { one, close } = openTwo(store, { memory: false });
    await one.set('k', 1, tagged);
    const before = store.calls.length;
    await one.set('k', 1, tagged);
    await one.set('l', 1, { tags: ['a', 'b'] });
    expect(store.calls.slice(before)).toEqual(['set', 'set']);
    await close();
  });
});

describe('a load in another process', () => {
  it('is not stored in memory that has seen the clear which it began before', async () => {
    const { one, other, clock, close } = openTwo(heldStore(), { ttl: '1h' });
    const load = heldLoad();
    const loading = other.getOrSet('k', load.loader);
    await load.begun;
    clock.advance(1);
    await one.clear();
    clock.advance(1);
    await other.get('anything');
    const next = heldLoad();
    const joining = other.getOrSet('k', next.loader);
    await settled();
    load.answer('old');
    next.answer('new');
    expect(await loading).toBe('old');
    expect(await joining).toBe('new');
    expect(await other.get('k')).toBe('new');
    await close();
  });

  it('is not stored in memory that has seen the clear, even if nobody asks again meanwhile', async () => {
    const { one, other, clock, close } = openTwo(heldStore(), { ttl: '1h' });
    const load = heldLoad();
    const loading = other.getOrSet('k', load.loader);
    await load.begun;
    clock.advance(1);
    await one.clear();
    clock.advance(1);
    await other.get('anything');
    load.answer('old');
    await loading;
    expect(await other.get('k')).toBeUndefined();
    await close();
  });
});

describe('an invalidation between the steps of another process', () => {
  const month = { ttl: '30d', tags: ['t'] } as const;

  it('is not outlived by a plain set that announced its life after it', async () => {
    const store = heldStore();
    const { one, other, clock, newcomer, close } = openTwo(store, { memory: false });
    await one.set('k', 'before');
    const release = store.hold('modify', 'before');
    const setting = one.set('k', 'new', month);
    await settled();
    clock.advance(1);
    release();
    const releaseSet = store.hold('set');
    await settled();
    await other.invalidateTags(['t'], { remove: true });
    releaseSet();
    await setting;
    clock.advance(3_700_000);
    expect(await newcomer().get('k')).toBeUndefined();
    await close();
  });

  it('leaves of a plain set neither its value nor what it replaced', async () => {
    const store = heldStore();
    const { one, other, clock, newcomer, close } = openTwo(store, { memory: false });
    await one.set('k', 'before');
    clock.advance(1);
    // The announcement took effect; its answer is on its way.
    const release = store.hold('modify', 'answer');
    const setting = one.set('k', 'new', month);
    await settled();
    const releasing = other.invalidateTags(['t'], { remove: true });
    await settled();
    release();
    await releasing;
    clock.advance(1);
    await other.invalidateTags(['t'], { remove: true });
    await setting;
    expect(await newcomer().get('k')).toBeUndefined();
    await close();
  });

  it.each(['add', 'setEntry'] as const)('is not outlived by %s, which announced its life after it', async (method) => {
    const map = memoryMapStore();
    const held = heldStore(map);
    const { one, clock, newcomer, close } = openTwo(map, { memory: false });
    const release = held.hold('get');
    const writing = newcomer({ store: held })[method]('k', 'old', month);
    await settled();
    clock.advance(1);
    await one.invalidateTags(['t'], { remove: true });
    release();
    await writing;
    expect(await newcomer().get('k')).toBeUndefined();
    clock.advance(7_200_000);
    expect(await newcomer().get('k')).toBeUndefined();
    await close();
  });
});

describe('an invalidation while another process changes what it invalidates', () => {
  it('beats an update', async () => {
    const map = memoryMapStore();
    const held = heldStore(map);
    const { one, clock, newcomer, close } = openTwo(map, { memory: false });
    const slow = newcomer({ store: held });
    await one.set('k', 'old', tagged);
    clock.advance(1);
    const release = held.hold('modify');
    const updating = slow.update('k', (value) => `${value}, changed`);
    await settled();
    await one.invalidateTags(['t'], { remove: true });
    clock.advance(1);
    release();
    await updating;
    expect(await newcomer().get('k')).toBeUndefined();
    await close();
  });

  it('beats a write of another process that ended before, within the same millisecond', async () => {
    const { one, other, newcomer, close } = openTwo(memoryMapStore(), { memory: false });
    await one.set('a', 'old');
    await one.set('k', 'old', tagged);
    await other.invalidateTags(['t'], { remove: true });
    expect(await newcomer().get('k')).toBeUndefined();
    await close();
  });

  it('beats what another process wrote whose clock is ahead', async () => {
    const { one, clock, newcomer, close } = openTwo(memoryMapStore(), { memory: false });
    const ahead = newcomer({ clock: fakeClock(clock.now() + 60_000) });
    await ahead.set('k', 'old', tagged);
    clock.advance(1_000);
    expect(await one.get('k')).toBe('old');
    await one.invalidateTags(['t'], { remove: true });
    expect(await one.get('k')).toBeUndefined();
    await close();
  });
});

describe('tags while the store is away', () => {
  it('invalidates here at once, and rejects or reports as onStoreError says', async () => {
    const { clock } = openTwo(memoryMapStore());
    for (const onStoreError of ['degrade', 'throw'] as const) {
      const store = chaosStore(memoryMapStore(), { random: seededRandom(1), clock });
      const { one, close } = openTwo(store, { onStoreError });
      await one.set('k', 'old', tagged);
      store.become({ errorRate: 1 });
      const invalidating = one.invalidateTags(['t'], { remove: true });
      if (onStoreError === 'throw') await expect(invalidating).rejects.toMatchObject({ code: 'LARDER_STORE_FAILED' });
      else await invalidating;
      expect(one.stats()).toMatchObject({ storeErrors: 1, droppedWrites: 1 });
      store.become({ errorRate: 0 });
      expect(await one.get('k')).toBeUndefined();
      await close();
    }
  });

  it('goes on answering from memory what this process wrote with other tags than those that it invalidated', async () => {
    const clock = openTwo(memoryMapStore()).clock;
    const store = chaosStore(memoryMapStore(), { random: seededRandom(1), clock });
    const { one, close, clock: time } = openTwo(store);
    await one.set('k', 'kept', { tags: ['u'] });
    time.advance(1);
    await one.invalidateTags(['t']);
    store.become({ errorRate: 1 });
    expect(await one.get('k')).toBe('kept');
    await close();
  });
});
