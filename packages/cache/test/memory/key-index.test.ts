import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyHasher } from '../../src/memory/hash-key.js';
import { KeyIndex } from '../../src/memory/key-index.js';
import { validateKeyIndex } from './support/validate.js';

const few = { mostInOneMap: 16, keysPerMap: 8 };
const hash = keyHasher(1);

const steps = fc.array(
  fc.record({ kind: fc.constantFrom('add', 'add', 'delete'), key: fc.integer({ min: 0, max: 90 }).map(String) }),
  { size: 'max', maxLength: 400 },
);

function fill(index: KeyIndex, from: number, to: number): void {
  for (let at = from; at < to; at++) index.add(`k${at}`, at);
}

function empty(index: KeyIndex, from: number, to: number): void {
  for (let at = from; at < to; at++) index.delete(`k${at}`);
}

describe('the key index', () => {
  it.each([
    ['honest', hash],
    ['the same for all keys', () => -7],
  ])('holds what a Map holds, and is sound after every step, where hashes are %s', (_, hashKey) => {
    fc.assert(
      fc.property(steps, (actions) => {
        const index = new KeyIndex(hashKey, few);
        const model = new Map<string, number>();
        for (const [slot, { kind, key }] of actions.entries()) {
          if (kind === 'add' && !model.has(key)) {
            index.add(key, slot);
            model.set(key, slot);
          } else if (kind === 'delete' && model.delete(key)) index.delete(key);
          expect(index.get(key)).toBe(model.get(key));
          validateKeyIndex(index, model);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('is one Map as long as that is small', () => {
    const index = new KeyIndex(hash, few);
    fill(index, 0, 16);
    expect(index.mapSizes).toEqual([16]);
    fill(index, 16, 17);
    expect(index.mapSizes.length).toBeGreaterThan(1);
  });

  it('leaves the one Map a few keys at a time', () => {
    const index = new KeyIndex(hash, { mostInOneMap: 64, keysPerMap: 8 });
    fill(index, 0, 64);
    for (let at = 64, left = 56; left > 0; at++, left -= 8) {
      fill(index, at, at + 1);
      expect(index.mapSizes[0]).toBe(left);
      validateKeyIndex(index, new Map(Array.from({ length: at + 1 }, (_, slot) => [`k${slot}`, slot])));
    }
    fill(index, 71, 80);
    expect(index.mapSizes).toHaveLength(10);
  });

  it('gives a large table a Map for every few keys, and joins them again as keys leave', () => {
    const index = new KeyIndex(hash, few);
    fill(index, 0, 1_000);
    expect(index.mapSizes).toHaveLength(125);
    empty(index, 0, 900);
    expect(index.mapSizes).toHaveLength(50);
    empty(index, 900, 1_000);
    expect(index.mapSizes).toEqual([0]);
  });

  it('does not swing to and fro where a key comes and goes at a bound', () => {
    const index = new KeyIndex(hash, few);
    fill(index, 0, 97);
    const maps = index.mapSizes.length;
    for (let turn = 0; turn < 20; turn++) {
      empty(index, 96, 97);
      expect(index.mapSizes).toHaveLength(maps);
      fill(index, 96, 97);
    }
  });

  it('keeps every Map of a large table small', () => {
    const index = new KeyIndex(hash);
    fill(index, 0, 400_000);
    expect(Math.max(...index.mapSizes)).toBeLessThan(3 * 4_096);
    validateKeyIndex(index, new Map(Array.from({ length: 400_000 }, (_, at) => [`k${at}`, at])));
  });
});
