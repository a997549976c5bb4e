import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { documentId, rangeOfPrefix } from '../../../src/stores/firestore/document-ids.js';

const key = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.constantFrom('.', '..', '__a__', 'a/b', 'a%2Fb', '%', '', '\u0000', '\u007f'),
  // About as long as what is cut, with characters of every length there.
  fc
    .tuple(fc.integer({ min: 1385, max: 1405 }), fc.string({ unit: 'binary', maxLength: 20 }))
    .map(([length, end]) => 'k'.repeat(length) + end),
);

/** As Firestore orders ids: by their bytes. */
const isInOrder = (...texts: string[]) =>
  texts.every((text, at) => at === 0 || bytesCompare(texts[at - 1] ?? '', text) <= 0);
const bytesCompare = (left: string, right: string) => Buffer.compare(Buffer.from(left), Buffer.from(right));

describe('the id of a document', () => {
  it('is the key, where anybody may read it', () => {
    expect(documentId('4:shop:user/1')).toBe('=4:shop:user%2F1');
  });

  it('is one that Firestore allows', () => {
    fc.assert(
      fc.property(key, (text) => {
        const id = documentId(text);
        expect(id).not.toMatch(/\/|^\.\.?$|^__.*__$/);
        expect(id.isWellFormed()).toBe(true);
        expect(Buffer.byteLength(id)).toBeLessThanOrEqual(1500);
        expect(id).not.toBe('');
      }),
    );
  });

  it('is another for every key', () => {
    fc.assert(
      fc.property(key, key, (left, right) => {
        expect(documentId(left) === documentId(right)).toBe(left === right);
      }),
    );
  });

  it('is another for a long key and for a short one that looks like its id', () => {
    const long = documentId('x'.repeat(3000));
    expect(documentId(long.slice(1))).not.toBe(long);
  });

  it('lies in the range of each prefix of the key', () => {
    fc.assert(
      fc.property(key, fc.nat(), (text, cut) => {
        const characters = [...text];
        const prefix = characters.slice(0, cut % (characters.length + 1)).join('');
        const { start, end } = rangeOfPrefix(prefix);
        expect(isInOrder(start, documentId(text), end)).toBe(true);
      }),
    );
  });

  it('lies outside the range of what is no prefix of the key', () => {
    const shortKey = fc.string({ unit: 'binary', maxLength: 20 });
    fc.assert(
      fc.property(shortKey, shortKey, (text, prefix) => {
        const { start, end } = rangeOfPrefix(prefix);
        const id = documentId(text);
        const isWithin = bytesCompare(start, id) <= 0 && bytesCompare(id, end) < 0;
        expect(isWithin).toBe(text.startsWith(prefix));
      }),
    );
  });
});
