import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapedName, keyOf, nameOf } from '../../../src/stores/remote/names.js';
import { termOf } from '../../../src/stores/remote/terms.js';

const key = fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed());

describe('the name of a key in the service', () => {
  it('holds no control character, and gives the key back', () => {
    fc.assert(
      fc.property(key, (text) => {
        const name = escapedName(text);
        expect(name).not.toMatch(/\p{Cc}/u);
        expect(keyOf(name)).toBe(text);
      }),
    );
  });

  it('begins with the name of what the key begins with', () => {
    fc.assert(fc.property(key, key, (start, end) => escapedName(start + end).startsWith(escapedName(start))));
  });

  it('is refused where the service takes none so long', () => {
    expect(nameOf('k'.repeat(512))).toHaveLength(512);
    expect(() => nameOf('k'.repeat(513))).toThrow(expect.objectContaining({ code: 'LARDER_INVALID_KEY' }));
    expect(() => nameOf('\n'.repeat(200))).toThrow(expect.objectContaining({ code: 'LARDER_INVALID_KEY' }));
  });
});

describe('the name of a term', () => {
  it('is one that the service takes, whatever the term is, and no two terms share one', () => {
    fc.assert(
      fc.property(key, key, (one, other) => {
        for (const text of [one, other]) expect(termOf(text)).toMatch(/^\P{Cc}{1,256}$/u);
        expect(termOf(one) === termOf(other)).toBe(one === other);
      }),
    );
    expect(termOf(termOf(''))).not.toBe(termOf(''));
  });
});
