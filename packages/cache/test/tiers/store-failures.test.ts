import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCache } from '../../src/cache/create-cache.js';
import type { Cache } from '../../src/contracts/cache.js';
import type { Store } from '../../src/contracts/store.js';
import { StoreError } from '../../src/errors.js';
import { type FakeClock, fakeClock } from '../../src/testing/fake-clock.js';
import { memoryMapStore } from '../../src/testing/memory-map-store.js';

/** A store that can be switched off: every call then fails before it does anything. */
function switchable(store: Store): { store: Store; isDown: boolean } {
  const state = { isDown: false, store };
  state.store = new Proxy(store, {
    get(target, name, receiver) {
      const member: unknown = Reflect.get(target, name, receiver);
      if (typeof member !== 'function' || name === 'close') return member;
      return (...call: unknown[]) =>
        state.isDown ? Promise.reject(new StoreError('test', 'switched off')) : member.apply(target, call);
    },
  });
  return state;
}

describe('a failing store', () => {
  let clock: FakeClock;
  let switched: ReturnType<typeof switchable>;
  let caches: Cache[];

  beforeEach(() => {
    clock = fakeClock();
    switched = switchable(memoryMapStore());
    caches = [];
  });
  afterEach(() => Promise.all(caches.map((cache) => cache.close())));

  const open = (onStoreError: 'degrade' | 'throw', memory?: false): Cache => {
    const cache = createCache({ clock, store: switched.store, onStoreError, ...(memory === false ? { memory } : {}) });
    caches.push(cache);
    return cache;
  };

  describe("with onStoreError: 'degrade'", () => {
    it('makes reads misses and drops writes, with an event each', async () => {
      const cache = open('degrade', false);
      const failed: string[] = [];
      cache.on('store-error', ({ operation }) => failed.push(operation));
      await cache.set('k', 1);
      switched.isDown = true;
      expect(await cache.get('k')).toBeUndefined();
      expect(await cache.set('k', 2)).toBe(false);
      expect(await cache.delete('k')).toBe(false);
      expect(await cache.getOrSet('k', () => 'loaded')).toBe('loaded');
      // What was loaded is written without the caller waiting for a store that just failed.
      await new Promise(setImmediate);
      expect(failed).toEqual(['get', 'set', 'delete', 'get', 'set']);
      expect(cache.stats().storeErrors).toBe(5);
      switched.isDown = false;
      // The delete reaches the store after all (recovery.test.ts).
      expect(await cache.get('k')).toBeUndefined();
    });

    it('goes on answering from memory, with what was written meanwhile', async () => {
      const cache = open('degrade');
      await cache.set('k', 1);
      switched.isDown = true;
      expect(await cache.get('k')).toBe(1);
      await cache.set('k', 2);
      expect(await cache.get('k')).toBe(2);
    });

    it('drops a plain setEntry as it drops a plain set, and memory has the value', async () => {
      const cache = open('degrade');
      switched.isDown = true;
      expect(await cache.setEntry('k', 1)).toMatchObject({ stored: false, created: false });
      expect(await cache.get('k')).toBe(1);
      expect(cache.stats()).toMatchObject({ droppedWrites: 1, storeErrors: 1 });
    });

    it('rejects what promises the truth', async () => {
      const cache = open('degrade');
      await cache.set('n', 1);
      switched.isDown = true;
      await expect(cache.add('k', 1)).rejects.toThrow(StoreError);
      await expect(cache.increment('n')).rejects.toThrow(StoreError);
      await expect(cache.update('n', () => 2)).rejects.toThrow(StoreError);
      await expect(cache.set('n', 2, { ifVersion: 'v' })).rejects.toThrow(StoreError);
      switched.isDown = false;
      expect(await cache.get('n')).toBe(1);
    });

    it('clears what the store has as far as this process is concerned', async () => {
      const cache = open('degrade');
      await cache.set('n', 1);
      switched.isDown = true;
      await cache.clear();
      expect(cache.stats()).toMatchObject({ droppedWrites: 1, storeErrors: 1 });
      switched.isDown = false;
      expect(await cache.get('n')).toBeUndefined();
    });
  });

  describe("with onStoreError: 'throw'", () => {
    it('rejects reads and writes', async () => {
      const cache = open('throw', false);
      switched.isDown = true;
      await expect(cache.get('k')).rejects.toThrow(StoreError);
      await expect(cache.getMany(['k'])).rejects.toThrow(StoreError);
      await expect(cache.delete('k')).rejects.toThrow(StoreError);
      await expect(cache.getOrSet('k', () => 1)).rejects.toThrow(StoreError);
    });

    it('does not keep in memory what the store did not take', async () => {
      const cache = open('throw');
      await cache.set('k', 1);
      switched.isDown = true;
      await expect(cache.set('k', 2)).rejects.toThrow(StoreError);
      switched.isDown = false;
      expect(await cache.get('k')).toBe(1);
    });
  });

  it('answers an entry that it cannot read as a miss, and tells why', async () => {
    const cache = open('throw');
    const reasons: string[] = [];
    cache.on('undecodable', ({ key, reason }) => reasons.push(`${key}: ${reason}`));
    const fromTheFuture = Uint8Array.from([0xc1, 99, ...new Uint8Array(60)]);
    const entry = { bytes: fromTheFuture, expiresAt: Number.POSITIVE_INFINITY, version: 'v', indexes: {} };
    await switched.store.set([{ key: ':k', ...entry }], { now: clock.now() });
    expect(await cache.get('k')).toBeUndefined();
    expect(reasons).toHaveLength(1);
    expect(reasons[0]).toMatch(/^k: .*version/);
    expect(await cache.set('k', 'written over')).toBe(true);
    expect(await cache.get('k')).toBe('written over');
  });

  it('gives an entry no longer a life in memory than it has left', async () => {
    const writer = open('throw', false);
    const reader = open('throw');
    await writer.set('k', 1, { ttl: '10s' });
    clock.advance(9_700);
    expect(await reader.get('k')).toBe(1);
    clock.advance(300);
    expect(await reader.get('k')).toBeUndefined();
  });

  it('never puts an old read over a newer write', async () => {
    const writer = open('throw', false);
    const cache = open('throw');
    await writer.set('k', 'old');
    const reading = cache.get('k');
    await cache.set('k', 'new');
    await reading;
    expect(await cache.get('k')).toBe('new');
    const readingAgain = open('throw').get('k');
    expect(await readingAgain).toBe('new');
  });
});
