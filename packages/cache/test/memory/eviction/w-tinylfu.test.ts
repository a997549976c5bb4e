import { describe, expect, it } from 'vitest';
import { WindowTinyLfu } from '../../../src/memory/eviction/w-tinylfu.js';
import { keyHasher } from '../../../src/memory/hash-key.js';
import { SlotStore } from '../support/slot-store.js';

const filled = (policy: WindowTinyLfu, capacity: number) => {
  const store = new SlotStore(policy, keyHasher(1), capacity);
  for (let key = 0; key < capacity; key++) store.request(`first${key}`);
  return store;
};

describe('WindowTinyLfu', () => {
  it('keeps a tenth for the window at first, and all the rest in probation until something is hit', () => {
    const policy = new WindowTinyLfu();
    filled(policy, 100);
    expect(policy.windowSize).toBe(10);
    expect(policy.queues.window.size).toBeLessThanOrEqual(11);
    expect(policy.queues.protected.size).toBe(0);
  });

  it('turns away a newcomer that is asked for once', () => {
    const policy = new WindowTinyLfu();
    const store = filled(policy, 100);
    const inMain = [...policy.queues.probation];
    for (let key = 0; key < 50; key++) store.request(`once${key}`);
    const still = new Set([...policy.queues.probation, ...policy.queues.protected]);
    expect(inMain.filter((slot) => still.has(slot)).length).toBeGreaterThanOrEqual(inMain.length - 1);
  });

  it('lets in what was turned away and is back soon', () => {
    const policy = new WindowTinyLfu();
    const store = filled(policy, 100);
    store.request('back');
    for (let key = 0; key < 20; key++) store.request(`once${key}`);
    expect(store.slotOf.has('back')).toBe(false);
    store.request('back');
    for (let key = 20; key < 60; key++) store.request(`once${key}`);
    expect(store.slotOf.has('back')).toBe(true);
  });

  it('lets in what is asked for more often than what would go', () => {
    const policy = new WindowTinyLfu();
    const store = filled(policy, 100);
    for (let turn = 0; turn < 5; turn++) store.request('often');
    for (let key = 0; key < 40; key++) store.request(`once${key}`);
    expect(store.slotOf.has('often')).toBe(true);
  });

  it('widens the window when keys come back just after they left it', () => {
    const policy = new WindowTinyLfu();
    const store = filled(policy, 100);
    const before = policy.windowSize;
    for (let key = 0; key < 400; key++) {
      store.request(`pair${key}`);
      store.request(`pair${key - 14}`);
    }
    expect(policy.windowSize).toBeGreaterThan(before);
  });

  it('narrows the window when the main part earns the hits', () => {
    const policy = new WindowTinyLfu();
    const store = filled(policy, 100);
    for (let round = 0; round < 30; round++) for (let key = 0; key < 150; key++) store.request(`loop${key}`);
    expect(policy.windowSize).toBeLessThan(10);
  });
});
