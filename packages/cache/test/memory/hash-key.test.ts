import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyHasher, randomSeed } from '../../src/memory/hash-key.js';

const seeds = fc.integer({ min: 0, max: 2 ** 32 - 1 });

describe('keyHasher', () => {
  it('gives a key the same signed 32-bit number each time', () => {
    fc.assert(
      fc.property(seeds, fc.string({ unit: 'binary' }), (seed, key) => {
        const hash = keyHasher(seed)(key);
        expect(hash).toBe(keyHasher(seed)(key));
        expect(hash).toBe(hash | 0);
      }),
    );
  });

  it('depends on the seed', () => {
    fc.assert(
      fc.property(seeds, seeds, (one, other) => {
        fc.pre(one !== other);
        const keys = ['a', 'b', 'user:1', 'user:2'];
        expect(keys.map(keyHasher(one))).not.toEqual(keys.map(keyHasher(other)));
      }),
    );
  });

  it('spreads keys that differ in a number evenly over buckets, under any seed', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const hash = keyHasher(seed);
        const high = new Uint32Array(64);
        const low = new Uint32Array(64);
        for (let key = 0; key < 6400; key++) {
          const value = hash(`user:${key}`);
          high[value >>> 26] = (high[value >>> 26] as number) + 1;
          low[value & 63] = (low[value & 63] as number) + 1;
        }
        // 100 expected in each; seven standard deviations.
        for (const count of [...high, ...low]) expect(Math.abs(count - 100)).toBeLessThan(70);
      }),
      { numRuns: 200 },
    );
  });

  it('leaves no collision of one seed standing under most others', () => {
    const hash = keyHasher(1);
    const seen = new Map<number, string>();
    const pairs: [string, string][] = [];
    for (let key = 0; key < 300_000; key++) {
      const value = hash(`key${key}`);
      const before = seen.get(value);
      if (before !== undefined) pairs.push([before, `key${key}`]);
      seen.set(value, `key${key}`);
    }
    expect(pairs.length).toBeGreaterThan(0);
    const others = Array.from({ length: 20 }, (_, index) => keyHasher(index + 2));
    for (const [one, other] of pairs) expect(others.filter((each) => each(one) === each(other)).length).toBeLessThan(3);
  });
});

describe('randomSeed', () => {
  it('is a 32-bit number that seldom repeats', () => {
    const values = Array.from({ length: 20 }, randomSeed);
    expect(new Set(values).size).toBeGreaterThan(18);
    for (const value of values) expect(value).toBe(value >>> 0);
  });

  it('lets no change of two neighbouring characters cancel itself under most seeds', () => {
    const highest = (text: string, at: number, change: number) =>
      String.fromCharCode(...[...text].map((char, index) => char.charCodeAt(0) ^ (index === at ? change : 0)));
    const hashes = Array.from({ length: 50 }, (_, seed) => keyHasher(seed));
    for (let at = 0; at < 7; at++) {
      for (const distance of [1, 2]) {
        for (const change of [0x8000, 0x8001, 0x4000, 1]) {
          const other = highest(highest('abcdefghij', at, 0x8000), at + distance, change);
          expect(hashes.filter((hash) => hash('abcdefghij') === hash(other)).length).toBeLessThan(2);
        }
      }
    }
  });
});
