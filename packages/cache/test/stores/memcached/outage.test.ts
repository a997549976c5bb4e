import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCache } from '../../../src/cache/create-cache.js';
import type { Cache } from '../../../src/contracts/cache.js';
import type { Store, StoreWrite } from '../../../src/contracts/store.js';
import type { CreateCacheOptions } from '../../../src/options/cache-options.js';
import { memcachedStore } from '../../../src/stores/memcached/index.js';
import { KeyWrites } from '../../../src/stores/memcached/key-writes.js';
import { wireKey } from '../../../src/stores/memcached/keys.js';
import { type MemcachedStoreOptions, resolveOptions } from '../../../src/stores/memcached/options.js';
import { encodeEntry } from '../../../src/stores/memcached/records.js';
import { Servers } from '../../../src/stores/memcached/servers.js';
import { isMemcachedMissing, type MemcachedServer, skipReason, startMemcached } from '../../servers/memcached.js';

const deadline = 300;
/** What is promised is 50 ms; the machine may be busy. */
const slack = 250;
const answerTimeout = 500;

const write = (key: string, value = 'value'): StoreWrite => {
  return { key, bytes: Buffer.from(value), expiresAt: Number.POSITIVE_INFINITY, version: 'v', indexes: {} };
};
const call = () => ({ now: Date.now() });
const keys = Array.from({ length: 60 }, (_, at) => `key:${at}`);

describe.skipIf(isMemcachedMissing)(`memcached that fails${skipReason}`, () => {
  let servers: MemcachedServer[];
  let caches: Cache[];
  let stores: Store[];
  beforeEach(async () => {
    servers = [await startMemcached()];
    caches = [];
    stores = [];
  });
  afterEach(async () => {
    for (const server of servers) server.thaw();
    await Promise.all([...caches, ...stores].map((each) => each.close()));
    await Promise.all(servers.map((server) => server.stop()));
  });

  const addresses = () => servers.map(({ address }) => address);
  const openStore = (options: Partial<MemcachedStoreOptions> = {}): Store => {
    const store = memcachedStore({ servers: addresses(), answerTimeout, random: () => 1, ...options });
    stores.push(store);
    return store;
  };
  const openCache = (options: CreateCacheOptions = {}): Cache => {
    const store = memcachedStore({ servers: addresses(), answerTimeout, random: () => 1 });
    const circuitBreaker = { failures: 5, pause: '200ms' } as const;
    const cache = createCache({ store, storeTimeout: `${deadline}ms`, memory: false, circuitBreaker, ...options });
    caches.push(cache);
    return cache;
  };
  const [first, second] = [() => servers[0] as MemcachedServer, () => servers[1] as MemcachedServer];

  async function inTime<T>(work: Promise<T>): Promise<T> {
    const begin = performance.now();
    const outcome = await Promise.allSettled([work]);
    expect(performance.now() - begin).toBeLessThan(deadline + slack);
    if (outcome[0].status === 'rejected') throw outcome[0].reason;
    return outcome[0].value;
  }

  async function eventually(check: () => Promise<void>): Promise<void> {
    const end = performance.now() + 15_000;
    for (;;) {
      try {
        await check();
        return;
      } catch (error) {
        if (performance.now() > end) throw error;
        await delay(50);
      }
    }
  }

  const failures: readonly (readonly [string, () => unknown, () => unknown])[] = [
    ['killed', () => first().kill(), () => first().restart()],
    ['frozen', () => first().freeze(), () => first().thaw()],
  ];

  it.each(failures)('%s: a cache answers from the loader in time, and recovers by itself', async (_, fail, mend) => {
    const cache = openCache();
    await cache.set('k', 1);
    await fail();
    for (let turn = 0; turn < 8; turn += 1) {
      expect(await inTime(cache.getOrSet(`load:${turn}`, () => 'loaded'))).toBe('loaded');
      // From then on it is what waits for the store.
      expect(await inTime(cache.get('k'))).toBe(turn === 0 ? undefined : 2);
      await inTime(cache.set('k', 2));
    }
    await mend();
    await eventually(async () => {
      await cache.set('after', 3);
      expect(await cache.get('after')).toBe(3);
    });
  });

  it.each(failures)('%s: truth rejects in time, with a typed error', async (_, fail) => {
    const cache = openCache();
    await cache.increment('n', 1);
    await fail();
    for (let turn = 0; turn < 8; turn += 1) {
      await expect(inTime(cache.increment('n', 1))).rejects.toMatchObject({
        code: expect.stringMatching(/^LARDER_STORE_(FAILED|TIMEOUT|UNAVAILABLE)$/),
      });
    }
  });

  it('restarted empty: counts begin anew, and the first call after it is answered', async () => {
    const store = openStore();
    await store.set([write('k')], call());
    await first().restart();
    await eventually(async () => expect(await store.get(['k'], call())).toEqual([undefined]));
    expect(await store.set([write('k')], call())).toEqual(['created']);
  });

  it('frozen: what it answers late reaches nobody, and the connection is given up', async () => {
    const store = openStore();
    await store.set([write('k', 'before')], call());
    first().freeze();
    const begin = performance.now();
    const asked = await Promise.allSettled([store.get(['k'], call()), store.set([write('k', 'during')], call())]);
    expect(asked.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(performance.now() - begin).toBeLessThan(answerTimeout + slack);
    first().thaw();
    await eventually(async () => void (await store.get(['k'], call())));
    for (const at of keys.keys()) await store.set([write(`k${at}`, `${at}`)], call());
    const found = await store.get(
      [...keys.keys()].map((at) => `k${at}`),
      call(),
    );
    expect(found.map((entry) => Buffer.from(entry?.bytes ?? []).toString())).toEqual(keys.map((_, at) => `${at}`));
  });

  it('frozen: what waits to be written is bounded, in bytes, and no longer counts once it was answered', async () => {
    const servers = new Servers(resolveOptions({ servers: addresses(), answerTimeout: 5_000 }));
    const writes = new KeyWrites(servers, 10_000);
    const ask = (name: string) => {
      const key = wireKey('', name);
      const entry = encodeEntry({ bytes: Buffer.alloc(3_000), expiresAt: Number.POSITIVE_INFINITY, version: 'v' }, key);
      return writes.ask(key, { kind: 'set', entry, condition: undefined }, call());
    };
    await ask('first');
    first().freeze();
    const waiting = ['a', 'b', 'c'].map(ask);
    await expect(ask('d')).rejects.toMatchObject({ message: expect.stringContaining('write less at a time') });
    first().thaw();
    expect(await Promise.all(waiting)).toEqual(['created', 'created', 'created']);
    expect(await ask('d')).toBe('created');
    servers.close();
  });

  it('frozen: closing does not wait for it longer than for any answer', async () => {
    const store = openStore();
    await store.get(['k'], call());
    first().freeze();
    const reading = store.get(['k'], call()).catch((error: unknown) => error);
    const begin = performance.now();
    await store.close();
    expect(performance.now() - begin).toBeLessThan(answerTimeout + slack);
    expect(await reading).toMatchObject({ code: 'LARDER_STORE_FAILED' });
  });

  it('never there: says which server, and what to do', async () => {
    await first().kill();
    const store = openStore();
    await expect(store.get(['k'], call())).rejects.toMatchObject({
      code: 'LARDER_STORE_FAILED',
      store: 'memcached',
      message: expect.stringMatching(new RegExp(`${first().address}.*nothing listens there`)),
    });
    await expect(store.get(['k'], call())).rejects.toMatchObject({ code: 'LARDER_STORE_FAILED' });
    await expect(store.get(['k'], call())).rejects.toMatchObject({ message: expect.stringContaining('is down') });
  });

  it('frozen: a dropped write never lets the value that it was to replace come back', async () => {
    const store = openStore();
    await store.set([write('k', 'old'), write('d', 'old')], call());
    first().freeze();
    const lost = await Promise.allSettled([store.set([write('k', 'new')], call()), store.delete(['d'], call())]);
    expect(lost.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    first().thaw();
    await eventually(async () => void (await store.get(['other'], call())));
    const [k, d] = await store.get(['k', 'd'], call());
    expect(k && Buffer.from(k.bytes).toString()).not.toBe('old');
    expect(d).toBeUndefined();
  });

  describe('one of three', () => {
    beforeEach(async () => {
      servers.push(await startMemcached(), await startMemcached());
    });

    const outcomes = (store: Store) =>
      Promise.all(
        keys.map((key) =>
          store.get([key], call()).then(
            ([entry]) => (entry === undefined ? 'missing' : 'there'),
            () => 'failed',
          ),
        ),
      );
    const kill = async (store: Store) => {
      await second().kill();
      // Until it has failed twice.
      for (let turn = 0; turn < 3; turn += 1) await outcomes(store);
    };

    it("killed: with 'fail' its keys fail, the others are there, and it is used again when it is back", async () => {
      const store = openStore();
      await store.set(
        keys.map((key) => write(key)),
        call(),
      );
      await kill(store);
      const during = await outcomes(store);
      expect(new Set(during)).toEqual(new Set(['failed', 'there']));
      await second().restart();
      await eventually(async () => expect(await outcomes(store)).not.toContain('failed'));
      const after = await outcomes(store);
      expect(after.map((outcome) => (outcome === 'missing' ? 'failed' : outcome))).toEqual(during);
    });

    it("killed: with 'rehash' the others take its keys, and nothing old is found when it is back", async () => {
      const store = openStore({ onServerDown: 'rehash' });
      await store.set(
        keys.map((key) => write(key, 'old')),
        call(),
      );
      await kill(store);
      expect(await outcomes(store)).not.toContain('failed');
      await store.set(
        keys.map((key) => write(key, 'during')),
        call(),
      );
      expect(new Set(await outcomes(store))).toEqual(new Set(['there']));
      await second().restart();
      await eventually(async () => expect(await outcomes(store)).toContain('missing'));
      await store.set(
        keys.map((key) => write(key, 'after')),
        call(),
      );
      await kill(store);
      const found = await store.get(keys, call());
      const texts = found.map((entry) => entry && Buffer.from(entry.bytes).toString());
      expect(new Set(texts)).toEqual(new Set(['after', undefined]));
    });

    it("frozen: with 'rehash' a write made meanwhile is not undone when it is back with all it had", async () => {
      const store = openStore({ onServerDown: 'rehash' });
      await store.set(
        keys.map((key) => write(key, 'old')),
        call(),
      );
      second().freeze();
      await eventually(async () => expect(await outcomes(store)).not.toContain('failed'));
      await store.set(
        keys.map((key) => write(key, 'during')),
        call(),
      );
      second().thaw();
      await eventually(async () => expect(await outcomes(store)).toContain('missing'));
      const found = await store.get(keys, call());
      expect(found.map((entry) => entry && Buffer.from(entry.bytes).toString())).not.toContain('old');
    });
  });
});
