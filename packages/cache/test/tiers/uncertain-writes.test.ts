import { describe, expect, it } from 'vitest';
import { inProcessBus } from '../../src/bus/in-process-bus.js';
import { createCache } from '../../src/cache/create-cache.js';
import type { Cache } from '../../src/contracts/cache.js';
import type { Store } from '../../src/contracts/store.js';
import { StoreError } from '../../src/errors.js';
import { fakeClock } from '../../src/testing/fake-clock.js';
import { settled } from '../load/held-load.js';
import { sharedMapStore } from '../load/shared-map-store.js';

/** From `breakOff` on, what writes does what it is to do, and then fails. */
function brokenOff(store: Store): { readonly store: Store; breakOff(): void } {
  let isBrokenOff = false;
  async function after<T>(work: Promise<T>): Promise<T> {
    const done = await work;
    if (isBrokenOff) throw new StoreError('map', 'The connection was lost.');
    return done;
  }
  return {
    store: {
      ...store,
      set: (writes, call) => after(store.set(writes, call)),
      delete: (keys, call) => after(store.delete(keys, call)),
      modify: (key, change, call) => after(store.modify(key, change, call)),
    },
    breakOff() {
      isBrokenOff = true;
    },
  };
}

describe('a write that is rejected although the store has made it', () => {
  const writes: readonly (readonly [name: string, write: (cache: Cache) => Promise<unknown>, after: unknown])[] = [
    ['set', (cache) => cache.set('k', 'new'), 'new'],
    ['setEntry', (cache) => cache.setEntry('k', 'new'), 'new'],
    ['set with ifVersion', async (cache) => cache.set('k', 'new', { ifVersion: await versionOf(cache) }), 'new'],
    ['update', (cache) => cache.update('k', () => 'new'), 'new'],
    ['delete', (cache) => cache.delete('k'), undefined],
    ['invalidateTags', (cache) => cache.invalidateTags(['t']), undefined],
    ['clear', (cache) => cache.clear(), undefined],
  ];

  it.each(writes)('leaves nothing old in the memory of others: %s', async (_, write, after) => {
    const [store, bus, clock] = [sharedMapStore(), inProcessBus(), fakeClock()];
    const failing = brokenOff(store);
    const one = createCache({ clock, bus, store: failing.store, onStoreError: 'throw', circuitBreaker: false });
    const other = createCache({ clock, bus, store });
    // What is in memory when the bus begins is in doubt.
    await settled();
    await other.set('k', 'old', { tags: ['t'] });
    await settled();
    clock.advance(1);
    expect(await one.get('k')).toBe('old');
    failing.breakOff();
    await expect(write(one)).rejects.toMatchObject({ code: 'LARDER_STORE_FAILED' });
    await settled();
    expect(await other.get('k')).toBe(after);
    await Promise.all([one.close(), other.close()]);
  });
});

async function versionOf(cache: Cache): Promise<string | undefined> {
  return (await cache.getEntry('k'))?.version;
}
