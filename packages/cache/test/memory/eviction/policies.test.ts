import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LeastRecentlyUsed } from '../../../src/memory/eviction/lru.js';
import { S3Fifo } from '../../../src/memory/eviction/s3-fifo.js';
import { WindowTinyLfu } from '../../../src/memory/eviction/w-tinylfu.js';
import { keyHasher } from '../../../src/memory/hash-key.js';
import { type Decisions, ModelLru, ModelS3Fifo, ModelWindowTinyLfu } from '../support/models.js';
import { SlotStore } from '../support/slot-store.js';
import { type InspectablePolicy, validate } from '../support/validate.js';

const policies: [name: string, create: () => InspectablePolicy, model: () => Decisions][] = [
  ['LeastRecentlyUsed', () => new LeastRecentlyUsed(), () => new ModelLru()],
  ['S3Fifo', () => new S3Fifo(), () => new ModelS3Fifo()],
  ['WindowTinyLfu', () => new WindowTinyLfu(), () => new ModelWindowTinyLfu()],
];

/** Few keys, so that they come back; a few operations that shake the structure, among many requests. */
const operations = fc.array(
  fc.oneof(
    {
      weight: 20,
      arbitrary: fc.record({ kind: fc.constant('request' as const), key: fc.integer({ min: 0, max: 60 }) }),
    },
    {
      weight: 10,
      arbitrary: fc.record({ kind: fc.constant('request' as const), key: fc.integer({ min: 0, max: 9 }) }),
    },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('delete' as const), key: fc.integer({ min: 0, max: 60 }) }) },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('resize' as const), entries: fc.integer({ min: 0, max: 40 }) }),
    },
  ),
  { size: 'max', maxLength: 400 },
);
const seeds = fc.integer({ min: 0, max: 2 ** 32 - 1 });

describe.each(policies)('%s', (_name, create, createModel) => {
  it('chooses the victims of its reference model, and stays sound after every operation', () => {
    fc.assert(
      fc.property(operations, seeds, fc.integer({ min: 0, max: 40 }), (steps, seed, entries) => {
        const policy = create();
        const store = new SlotStore(policy, keyHasher(seed), entries);
        const model = new SlotStore(createModel(), keyHasher(seed), entries);
        for (const step of steps) {
          for (const each of [store, model]) {
            if (step.kind === 'request') each.request(`${step.key}`);
            else if (step.kind === 'delete') each.delete(`${step.key}`);
            else each.resize(step.entries);
          }
          expect(store.takeEvicted()).toBe(model.takeEvicted());
          validate(policy, store.slotOf.values());
        }
      }),
      { numRuns: 100 },
    );
  });

  it('holds a bound of weight alone, whatever the weights', () => {
    const weighted = fc.array(fc.tuple(fc.integer({ min: 0, max: 80 }), fc.integer({ min: 1, max: 50 })), {
      size: 'max',
      maxLength: 120,
    });
    fc.assert(
      fc.property(weighted, seeds, (requests, seed) => {
        const policy = create();
        const store = new SlotStore(policy, keyHasher(seed), Number.POSITIVE_INFINITY, 200);
        for (const [key, weight] of requests) {
          store.request(`${key}`, weight);
          if (store.weight > 200) throw new Error(`it holds ${store.weight}`);
          validate(policy, store.slotOf.values());
        }
      }),
      { numRuns: 40 },
    );
  });

  it.each([0, 1, 2])('works at a capacity of %i', (capacity) => {
    const policy = create();
    const store = new SlotStore(policy, keyHasher(1), capacity);
    for (let turn = 0; turn < 500; turn++) {
      store.request(`${(turn * turn) % 7}`);
      expect(store.slotOf.size).toBeLessThanOrEqual(capacity);
      validate(policy, store.slotOf.values());
    }
    expect(store.slotOf.size).toBe(capacity);
  });

  it('answers -1 when it holds nothing', () => {
    const policy = create();
    expect(policy.victim()).toBe(-1);
    policy.grown(8);
    policy.added(3, 42);
    expect(policy.victim()).toBe(3);
    expect(policy.victim()).toBe(-1);
  });

  it('gives up nothing that fits', () => {
    const store = new SlotStore(create(), keyHasher(1), 1000);
    for (let key = 0; key < 1000; key++) store.request(`${key}`);
    expect(store.evicted).toEqual([]);
  });

  it('hits at every request but the first when there is only one key', () => {
    const store = new SlotStore(create(), keyHasher(1), 10);
    const hits = Array.from({ length: 1000 }, () => store.request('same')).filter(Boolean);
    expect(hits).toHaveLength(999);
  });
});
