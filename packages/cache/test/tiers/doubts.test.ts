import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCache } from '../../src/cache/create-cache.js';
import type { BusListener, BusTransport } from '../../src/contracts/bus.js';
import type { Cache } from '../../src/contracts/cache.js';
import { StoreError } from '../../src/errors.js';
import { type FakeClock, fakeClock } from '../../src/testing/fake-clock.js';
import { settled } from '../load/held-load.js';
import { type HeldStore, heldStore } from '../load/held-store.js';

/** A transport that does what the test says. */
function toldTransport(): BusTransport & { listener: () => BusListener } {
  let opened: BusListener | undefined;
  return {
    name: 'told',
    open(listener) {
      opened = listener;
      return { publish: async () => {}, close: async () => {} };
    },
    listener() {
      if (opened === undefined) throw new Error('Nobody has opened the transport.');
      return opened;
    },
  };
}

describe('what is in memory when something may have been missed', () => {
  let clock: FakeClock;
  let store: HeldStore;
  let bus: ReturnType<typeof toldTransport>;
  let cache: Cache;
  let reads: number;
  let isAway: boolean;
  beforeEach(async () => {
    clock = fakeClock();
    store = heldStore();
    reads = 0;
    isAway = false;
    const counting = {
      ...store,
      get: async (...call: Parameters<typeof store.get>) => {
        reads++;
        if (isAway) throw new StoreError('map', 'The connection was lost.');
        return store.get(...call);
      },
    };
    bus = toldTransport();
    cache = createCache({ clock, store: counting, bus, circuitBreaker: false });
    bus.listener().connected();
    await cache.set('k', 'v');
  });
  afterEach(() => cache.close());

  it('is looked up in the store once, and then answers again', async () => {
    expect(await cache.get('k')).toBe('v');
    expect(reads).toBe(0);
    bus.listener().connected();
    expect(await cache.get('k')).toBe('v');
    expect(reads).toBe(1);
    expect(await cache.get('k')).toBe('v');
    expect(await cache.getOrSet('k', () => 'loaded')).toBe('v');
    expect(reads).toBe(1);
  });

  it('is gone where the store has it no more, and new where the store has something newer', async () => {
    const other = createCache({ clock, store });
    await cache.set('changed', 'old');
    clock.advance(1);
    await other.delete('k');
    await other.set('changed', 'new');
    expect(await cache.get('k')).toBe('v');
    bus.listener().connected();
    expect(await cache.get('k')).toBeUndefined();
    expect([...(await cache.getMany(['k', 'changed']))]).toEqual([['changed', 'new']]);
  });

  it('answers on while the store does not, without asking it each time', async () => {
    bus.listener().connected();
    isAway = true;
    expect(await cache.get('k')).toBe('v');
    const asked = reads;
    expect(await cache.get('k')).toBe('v');
    expect(await cache.getOrSet('k', () => 'loaded')).toBe('v');
    expect(reads).toBe(asked);
  });

  it('is not filled by what was being read at that moment', async () => {
    const other = createCache({ clock, store });
    await other.set('read', 'old');
    const release = store.hold('get', 'answer');
    const reading = cache.get('read');
    await settled();
    bus.listener().connected();
    release();
    expect(await reading).toBe('old');
    const before = reads;
    await cache.get('read');
    expect(reads).toBe(before + 1);
  });

  it('is told, with the reason', async () => {
    const reasons: string[] = [];
    cache.on('memory-doubted', ({ reason }) => reasons.push(reason));
    bus.listener().connected();
    bus.listener().received(new Uint8Array([0, 1, 2]));
    expect(reasons).toEqual(['connected', 'unreadable']);
  });
});
