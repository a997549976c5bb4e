import fc from 'fast-check';
import { expect, it } from 'vitest';
import { termText } from '../../../src/stores/firestore/terms.js';

it('is name:value, for anybody to look for', () => {
  expect(termText('user', 'alice:1')).toBe('user:alice:1');
});

it('is another for every term', () => {
  const part = fc.oneof(fc.string({ maxLength: 3 }), fc.constantFrom(':', '%', '#', '%3A', 'a:b', 'x'.repeat(2000)));
  fc.assert(
    fc.property(part, part, part, part, (name, value, otherName, otherValue) => {
      const isSame = name === otherName && value === otherValue;
      expect(termText(name, value) === termText(otherName, otherValue)).toBe(isSame);
    }),
    { numRuns: 2000 },
  );
});

it('fits into an index of Firestore, however long the value is', () => {
  expect(Buffer.byteLength(termText('user', 'é'.repeat(5000)))).toBeLessThan(1500);
});
