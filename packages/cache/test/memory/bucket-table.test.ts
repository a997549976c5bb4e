import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BucketTable } from '../../src/memory/bucket-table.js';
import { none } from '../../src/memory/slot-lists.js';
import { validateBucketTable } from './support/validate.js';

const buckets = 32;
const keys = Array.from({ length: buckets }, (_, slot) => `k${slot}`);

/** Few different hashes: then most keys do not lie where they belong, and some only beyond the end of the table. */
const steps = fc.array(
  fc.record({ hash: fc.constantFrom(0, 1, 2, 3, 29, 30, 31, -1, 64), slot: fc.integer({ min: 1, max: buckets - 2 }) }),
  { size: 'max', maxLength: 200 },
);

describe('a table of buckets', () => {
  it('finds what was added and not deleted, and has no gap where a search must go on', () => {
    fc.assert(
      fc.property(steps, (actions) => {
        const table = new BucketTable(buckets);
        const hashes = new Map<number, number>();
        for (const { hash, slot } of actions) {
          const held = hashes.get(slot);
          if (held === undefined) {
            table.add(hash, slot);
            hashes.set(slot, hash);
          } else {
            table.delete(held, slot);
            hashes.delete(slot);
          }
          validateBucketTable(table);
          for (const [each, at] of keys.entries()) {
            const known = hashes.get(each);
            expect(table.find(at, known ?? hash, keys)).toBe(known === undefined ? none : each);
          }
        }
        expect([...table.slots()].sort()).toEqual([...hashes.keys()].sort());
      }),
      { numRuns: 100 },
    );
  });

  it('can be left for another bit by bit: what was not moved yet is found in it, the rest in the other', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: buckets }), (actions, portion) => {
        const table = new BucketTable(buckets);
        const other = new BucketTable(2 * buckets);
        const hashes = new Map(actions.map(({ hash, slot }) => [slot, hash]));
        for (const [slot, hash] of hashes) table.add(hash, slot);
        for (let from = 0; from < buckets; from += portion) {
          table.moveTo(other, from, portion);
          validateBucketTable(other);
          for (const [slot, hash] of hashes) {
            const found = [table, other].map((each) => each.find(keys[slot] as string, hash, keys));
            expect(found.sort()).toEqual([none, slot]);
          }
        }
        expect([table.size, other.size]).toEqual([0, hashes.size]);
      }),
      { numRuns: 100 },
    );
  });

  it('tells whether a slot was there to be left', () => {
    const table = new BucketTable(8);
    table.add(7, 1);
    table.add(7, 2);
    expect(table.leave(7, 1)).toBe(true);
    expect(table.leave(7, 1)).toBe(false);
    expect(table.find('k2', 7, keys)).toBe(2);
    expect(table.size).toBe(1);
  });
});
