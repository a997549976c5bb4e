import fc from 'fast-check';
import { expect, it } from 'vitest';
import { keysAfter } from '../../../src/modules/indexes/index-page.js';

it('pages list every key once, in order, whatever the order of the index', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string()), fc.integer({ min: 1, max: 5 }), (keys, limit) => {
      const listed: string[] = [];
      let page = keysAfter(undefined, keys, limit);
      listed.push(...page.keys);
      while (page.hasMore) {
        page = keysAfter(page.keys.at(-1), [...keys].reverse(), limit);
        expect(page.keys.length).toBeGreaterThan(0);
        listed.push(...page.keys);
      }
      expect(listed).toEqual([...keys].sort());
    }),
  );
});

it('a key that stays is listed once, though others come and go between two pages', () => {
  const first = keysAfter(undefined, ['d', 'b', 'c', 'a'], 2);
  expect(first).toEqual({ keys: ['a', 'b'], hasMore: true });
  expect(keysAfter('b', ['d', 'aa', 'c'], 2)).toEqual({ keys: ['c', 'd'], hasMore: false });
});
