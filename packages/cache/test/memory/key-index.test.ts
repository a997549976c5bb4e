import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyHasher } from '../../src/memory/hash-key.js';
import { KeyIndex } from '../../src/memory/key-index.js';
import { none } from '../../src/memory/slot-lists.js';
import { validateKeyIndex } from './support/validate.js';

const hash = keyHasher(1);

const steps = fc.array(
  fc.record({ kind: fc.constantFrom('add', 'add', 'delete'), key: fc.integer({ min: 0, max: 90 }).map(String) }),
  { size: 'max', maxLength: 400 },
);

/** An index and its column of keys, where the key `k1` is in slot 1, and so on. */
function open(hashKey = hash) {
  const columns = { keys: [] as (string | undefined)[] };
  const index = new KeyIndex(hashKey, columns);
  return {
    index,
    add(key: string, slot: number) {
      columns.keys[slot] = key;
      index.add(index.hashOf(key), slot);
    },
    delete(key: string, slot: number) {
      index.delete(hashKey(key), slot);
      columns.keys[slot] = undefined;
    },
    fill(from: number, to: number) {
      for (let slot = from; slot < to; slot++) this.add(`k${slot}`, slot);
    },
    empty(from: number, to: number) {
      for (let slot = from; slot < to; slot++) this.delete(`k${slot}`, slot);
    },
  };
}

const numbered = (from: number, to: number) =>
  new Map(Array.from({ length: to - from }, (_, at) => [`k${from + at}`, from + at]));

describe('the key index', () => {
  it.each([
    ['honest', hash],
    ['the same for all keys', () => -7],
    ['few', (key: string) => hash(key) & 7],
  ])('holds what a Map holds, and is sound after every step, where hashes are %s', (_, hashKey) => {
    fc.assert(
      fc.property(steps, (actions) => {
        const opened = open(hashKey);
        const model = new Map<string, number>();
        for (const [at, { kind, key }] of actions.entries()) {
          const held = model.get(key);
          if (kind === 'add' && held === undefined) {
            opened.add(key, at + 1);
            model.set(key, at + 1);
          } else if (kind === 'delete' && held !== undefined) {
            opened.delete(key, held);
            model.delete(key);
          }
          expect(opened.index.find(key)).toBe(model.get(key) ?? none);
          validateKeyIndex(opened.index, model);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('finds a key that was looked for just before it was added, and not after it was deleted', () => {
    const { index, ...opened } = open();
    expect(index.find('k1')).toBe(none);
    opened.fill(1, 2);
    expect(index.find('k1')).toBe(1);
    opened.empty(1, 2);
    expect(index.find('k1')).toBe(none);
  });

  it.each([null, undefined, 7, Symbol('k'), ['k', '1'], { length: 2 }])(
    'finds nothing for %s, which is no key',
    (key) => {
      const { index, ...opened } = open();
      opened.fill(1, 2);
      expect(index.find(key as unknown as string)).toBe(none);
    },
  );

  it('finds equal keys that are other strings', () => {
    const opened = open();
    opened.fill(1, 100);
    for (let slot = 1; slot < 100; slot++) expect(opened.index.find(['k', slot].join(''))).toBe(slot);
  });

  it('moves to a larger table, and back to a smaller one, a few buckets at a time', () => {
    const opened = open();
    opened.fill(1, 1_025);
    expect(opened.index.tableSizes).toEqual([2_048]);
    opened.fill(1_025, 1_026);
    expect(opened.index.tableSizes).toEqual([2_048, 4_096]);
    opened.fill(1_026, 1_100);
    expect(opened.index.tableSizes).toEqual([2_048, 4_096]);
    validateKeyIndex(opened.index, numbered(1, 1_100));
    opened.fill(1_100, 1_200);
    expect(opened.index.tableSizes).toEqual([4_096]);
    opened.empty(1, 600);
    expect(opened.index.tableSizes).toEqual([4_096]);
    opened.empty(600, 800);
    expect(opened.index.tableSizes).toEqual([4_096, 2_048]);
    validateKeyIndex(opened.index, numbered(800, 1_200));
    opened.empty(800, 1_200);
    expect(opened.index.tableSizes.at(-1)).toBeLessThan(1_024);
    validateKeyIndex(opened.index, new Map());
  });

  it('does not swing to and fro where a key comes and goes at a bound', () => {
    const opened = open();
    opened.fill(1, 66);
    const [buckets] = opened.index.tableSizes.slice(-1);
    for (let turn = 0; turn < 40; turn++) {
      opened.empty(65, 66);
      opened.fill(65, 66);
      expect(opened.index.tableSizes.at(-1)).toBe(buckets);
    }
  });

  it('holds many keys', () => {
    const opened = open();
    opened.fill(1, 400_000);
    validateKeyIndex(opened.index, numbered(1, 400_000));
  });
});
