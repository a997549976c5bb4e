import { describe, expect, it } from 'vitest';
import { LeastRecentlyUsed } from '../../../src/memory/eviction/lru.js';
import { S3Fifo } from '../../../src/memory/eviction/s3-fifo.js';
import { WindowTinyLfu } from '../../../src/memory/eviction/w-tinylfu.js';
import { keyHasher } from '../../../src/memory/hash-key.js';
import { SlotStore } from '../support/slot-store.js';
import { type InspectablePolicy, validate } from '../support/validate.js';

const capacity = 100;

const hitsOf = (store: SlotStore, keys: Iterable<string>) => [...keys].filter((key) => store.request(key)).length;
const storeOf = (policy: InspectablePolicy, hash = keyHasher(1)) => new SlotStore(policy, hash, capacity);
function* times(rounds: number, keys: readonly string[]): Generator<string> {
  for (let round = 0; round < rounds; round++) yield* keys;
}
const keysOf = (prefix: string, count: number) => Array.from({ length: count }, (_, index) => `${prefix}${index}`);

describe('a scan of keys that never come back', () => {
  it.each([
    ['WindowTinyLfu', new WindowTinyLfu(), 78],
    ['S3Fifo', new S3Fifo(), 78],
  ])('leaves what is often asked for in %s', (_name, policy, least) => {
    const store = storeOf(policy);
    const popular = keysOf('popular', 80);
    for (const key of popular) hitsOf(store, times(5, [key]));
    hitsOf(store, keysOf('scan', 20 * capacity));
    expect(hitsOf(store, popular)).toBeGreaterThanOrEqual(least);
    validate(policy, store.slotOf.values());
  });

  it('empties an LRU cache of it', () => {
    const store = storeOf(new LeastRecentlyUsed());
    const popular = keysOf('popular', 80);
    hitsOf(store, times(5, popular));
    hitsOf(store, keysOf('scan', 20 * capacity));
    expect(hitsOf(store, popular)).toBe(0);
  });
});

describe('a loop over more keys than fit', () => {
  const rounds = 50;

  it.each([1.05, 1.5, 2, 10])('of %f times the capacity earns most of the possible hits in WindowTinyLfu', (factor) => {
    const length = Math.round(factor * capacity);
    const hits = hitsOf(storeOf(new WindowTinyLfu()), times(rounds, keysOf('loop', length)));
    const possible = rounds * (capacity - 1);
    expect(hits / possible).toBeGreaterThan(0.55);
  });

  it('never hits in an LRU cache', () => {
    expect(hitsOf(storeOf(new LeastRecentlyUsed()), times(rounds, keysOf('loop', 110)))).toBe(0);
  });
});

describe('keys whose hashes all collide', () => {
  const flooded = () => 7;

  it('cannot keep WindowTinyLfu from learning a new working set', () => {
    const policy = new WindowTinyLfu();
    const store = storeOf(policy, flooded);
    hitsOf(store, times(20, keysOf('attack', 90)));
    const own = keysOf('own', 50);
    hitsOf(store, times(20, own));
    expect(hitsOf(store, own)).toBeGreaterThanOrEqual(45);
    validate(policy, store.slotOf.values());
  });

  it('cannot pin entries with the counts of a popular key', () => {
    const honest = keyHasher(1);
    const store = storeOf(new WindowTinyLfu(), (key) => (key.startsWith('attack') ? honest('popular') : honest(key)));
    hitsOf(store, times(30, ['popular']));
    hitsOf(store, keysOf('attack', capacity));
    const own = keysOf('own', 60);
    hitsOf(store, times(20, own));
    expect(hitsOf(store, own)).toBeGreaterThanOrEqual(50);
  });
});

describe('a working set that is replaced by another', () => {
  it.each([
    ['WindowTinyLfu', new WindowTinyLfu()],
    ['S3Fifo', new S3Fifo()],
    ['LeastRecentlyUsed', new LeastRecentlyUsed()],
  ])('is learnt by %s within a few rounds', (_name, policy) => {
    const store = storeOf(policy);
    hitsOf(store, times(50, keysOf('old', 90)));
    const own = keysOf('new', 90);
    hitsOf(store, times(10, own));
    expect(hitsOf(store, own)).toBeGreaterThanOrEqual(70);
  });
});

describe('every entry hit before each eviction', () => {
  it('costs WindowTinyLfu a bounded walk, not the whole cache', () => {
    const policy = new WindowTinyLfu();
    const hash = keyHasher(1);
    const slots = 100_000;
    policy.resized(slots);
    policy.grown(slots + 2);
    for (let slot = 1; slot <= slots; slot++) policy.added(slot, hash(`${slot}`));
    for (let slot = 1; slot <= slots; slot++) policy.accessed(slot);
    policy.added(slots + 1, hash('one more'));
    const protectedBefore = policy.queues.protected.size;
    expect(policy.victim()).toBeGreaterThan(0);
    expect(policy.queues.protected.size - protectedBefore).toBeLessThanOrEqual(16);
  });
});
