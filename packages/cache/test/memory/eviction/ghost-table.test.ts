import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GhostTable } from '../../../src/memory/eviction/ghost-table.js';
import { ModelGhosts } from '../support/models.js';

const hashes = fc.oneof(
  fc.integer({ min: 0, max: 40 }),
  // These have the same places.
  fc.integer({ min: 0, max: 8 }).map((number) => number * 1024),
  fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
);
const capacities = fc.oneof(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 1000, max: 5000 }));
const operations = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.record({ kind: fc.constant('remember' as const), argument: hashes }) },
    { weight: 8, arbitrary: fc.record({ kind: fc.constant('recall' as const), argument: hashes }) },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('resize' as const), argument: capacities }),
    },
  ),
  { size: 'max', maxLength: 120 },
);

describe('GhostTable', () => {
  it('answers as its reference model does', () => {
    fc.assert(
      fc.property(operations, (steps) => {
        const table = new GhostTable();
        const model = new ModelGhosts();
        for (const { kind, argument } of steps) {
          // A key is recalled before it can be given up again.
          if (kind === 'remember') expect(table.recall(argument)).toBe(model.recall(argument));
          expect(table[kind](argument)).toBe(model[kind](argument));
        }
      }),
    );
  });

  it('forgets what it recalls', () => {
    const table = new GhostTable();
    table.remember(9);
    expect(table.recall(9)).toBe(0);
    expect(table.recall(9)).toBe(-1);
  });

  it('tells how many were given up since', () => {
    const table = new GhostTable();
    for (const hash of [5, 6, 7]) table.remember(hash);
    expect(table.recall(5)).toBe(2);
    for (let hash = 100; hash < 116; hash++) table.remember(hash);
    expect(table.recall(6)).toBe(-1);
  });

  it('keeps what it knows when it grows', () => {
    const table = new GhostTable();
    for (let hash = 1; hash <= 16; hash++) table.remember(hash);
    table.resize(64);
    for (let hash = 1; hash <= 16; hash++) expect(table.recall(hash)).toBeGreaterThanOrEqual(0);
  });

  it('keeps nothing that left longer ago than the capacity, however few have its place', () => {
    const table = new GhostTable();
    table.resize(1600);
    table.remember(5);
    for (let hash = 6; hash < 1500; hash++) table.remember(hash);
    expect(table.recall(6)).toBeGreaterThanOrEqual(1400);
    for (let hash = 1500; hash < 1700; hash++) table.remember(hash);
    expect(table.recall(5)).toBe(-1);
  });

  it('takes 4 to 8 bytes an entry', () => {
    const table = new GhostTable();
    table.resize(100_000);
    expect(table.bytes).toBe(4 * 2 ** 17);
  });
});
