import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCache } from '../../src/cache/create-cache.js';
import type { Cache } from '../../src/contracts/cache.js';
import { fakeClock } from '../../src/testing/fake-clock.js';
import { settled } from '../load/held-load.js';
import { type HeldStore, heldStore } from '../load/held-store.js';

describe('memory before a store over a network', () => {
  let store: HeldStore;
  let cache: Cache;
  beforeEach(() => {
    store = heldStore();
    cache = createCache({ clock: fakeClock(), store });
  });
  afterEach(() => cache.close());

  it('is not filled by a read that began inside a delete and is answered after it', async () => {
    await cache.set('k', 'deleted');
    const [releaseDelete, releaseGet] = [store.hold('delete'), store.hold('get', 'answer')];
    const deleting = cache.delete('k');
    const reading = cache.get('k');
    await settled();
    releaseDelete();
    await deleting;
    releaseGet();
    await reading;
    expect(await cache.get('k')).toBeUndefined();
  });

  it('is not filled by a read that began before a delete and is answered after it', async () => {
    await cache.set('k', 'deleted');
    const reader = createCache({ clock: fakeClock(), store });
    const releaseGet = store.hold('get', 'answer');
    const reading = reader.get('k');
    await settled();
    await reader.delete('k');
    releaseGet();
    expect(await reading).toBe('deleted');
    expect(await reader.get('k')).toBeUndefined();
  });

  it('is not filled by a change that overlapped another, whichever ends first', async () => {
    for (const [key, moment] of [
      ['before', 'before'],
      ['answer', 'answer'],
    ] as const) {
      await cache.set(key, 0);
      const release = store.hold('modify', moment);
      const first = cache.increment(key, 1);
      await settled();
      const second = cache.increment(key, 10);
      await settled();
      release();
      await Promise.all([first, second]);
      expect(await cache.get(key)).toBe(11);
    }
  });
});
