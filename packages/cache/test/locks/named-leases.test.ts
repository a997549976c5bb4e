import { describe, expect, it } from 'vitest';
import { createCache } from '../../src/cache/create-cache.js';
import type { Cache } from '../../src/contracts/cache.js';
import { ClosedError, InvalidKeyError, InvalidOptionError, StoreError } from '../../src/errors.js';
import { chaosStore, type FakeClock, fakeClock, memoryMapStore, seededRandom } from '../../src/testing/index.js';
import { openTwo } from '../tags/two-caches.js';

interface Opened {
  readonly clock: FakeClock;
  readonly one: Cache;
  readonly other: Cache;
  close(): Promise<void>;
}

const tiers = [
  {
    name: 'memory',
    open(): Opened {
      const clock = fakeClock();
      const cache = createCache({ clock });
      return { clock, one: cache, other: cache, close: () => cache.close() };
    },
  },
  { name: 'a shared store', open: (): Opened => openTwo(memoryMapStore(), { random: () => 0 }) },
];

describe.each(tiers)('leases on $name', ({ open }) => {
  it('are had by one holder at a time, with rising fencing tokens', async () => {
    const { one, other, clock, close } = open();
    const first = await one.leases.take('k', 'A', '10s');
    expect(first).toEqual({ isHeld: true, fencingToken: expect.any(Number), until: clock.now() + 10_000 });
    expect((await other.leases.take('k', 'B', '10s')).isHeld).toBe(false);
    expect(await other.leases.release('k', 'B')).toBe(false);
    expect(await one.leases.extend('k', 'A', '20s')).toBe(true);
    expect(await one.leases.release('k', 'A')).toBe(true);
    const second = await other.leases.take('k', 'B', '10s');
    if (!first.isHeld || !second.isHeld) throw new Error('Both had it.');
    expect(second.fencingToken).toBeGreaterThan(first.fencingToken);
    expect(await one.leases.extend('k', 'A', '10s')).toBe(false);
    await close();
  });

  it('end by themselves, a little after the holder was told', async () => {
    const { one, clock, close } = open();
    await one.leases.take('k', 'A', '10s');
    clock.advance(10_000);
    expect((await one.leases.take('k', 'B', '10s')).isHeld).toBe(false);
    clock.advance(150);
    expect((await one.leases.take('k', 'B', '10s')).isHeld).toBe(true);
    await close();
  });

  it('meet neither locks, nor keys, nor the leases of another namespace, and survive clear', async () => {
    const { one, close } = open();
    await one.leases.take('k', 'A', '10s');
    expect(await one.lock('k', { wait: '0ms' }, () => 'done')).toBe('done');
    expect((await one.namespace('child').leases.take('k', 'B', '10s')).isHeld).toBe(true);
    expect(await one.has('k')).toBe(false);
    await one.clear();
    expect((await one.leases.take('k', 'B', '10s')).isHeld).toBe(false);
    await close();
  });

  it.each([
    ['', 'A', '1s', InvalidKeyError],
    ['k', '', '1s', InvalidOptionError],
    ['k', 'x'.repeat(513), '1s', InvalidOptionError],
    ['k', '\ud800', '1s', InvalidOptionError],
    ['k', 'A', 'never', InvalidOptionError],
    ['k', 'A', '99ms', InvalidOptionError],
  ] as const)('refuse the name %j, the holder %j, the ttl %s', async (lease, holder, ttl, error) => {
    const { one, close } = open();
    await expect(one.leases.take(lease, holder, ttl)).rejects.toThrow(error);
    await expect(one.leases.extend(lease, holder, ttl)).rejects.toThrow(error);
    await close();
  });

  it('are not to be had of a closed cache', async () => {
    const { one, close } = open();
    await close();
    await expect(one.leases.take('k', 'A', '1s')).rejects.toThrow(ClosedError);
  });
});

it('a lease is never assumed while the store fails, and the failure is told', async () => {
  const clock = fakeClock();
  const store = chaosStore(memoryMapStore(), { random: seededRandom(1), clock });
  const cache = createCache({ store, memory: false, clock });
  const told: { readonly operation: string }[] = [];
  cache.on('store-error', (event) => told.push(event));
  store.become({ errorRate: 1 });
  await expect(cache.leases.take('k', 'A', '1s')).rejects.toThrow(StoreError);
  expect(told.map(({ operation }) => operation)).toEqual(['lock']);
  await cache.close();
});
