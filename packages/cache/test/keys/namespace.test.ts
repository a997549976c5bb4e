import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidKeyError } from '../../src/errors.js';
import { childPath, markerPrefix, namespacePrefix, splitPhysicalKey } from '../../src/keys/namespace.js';

const hostileText = fc.string({
  unit: fc.constantFrom(':', '1', '2', '12', '{', '}', '%', '\0', '..', '/', 'é', 'e\u0301', '😀', 'a'),
  minLength: 1,
  maxLength: 6,
});
const path = fc.array(hostileText, { maxLength: 3 });

describe('physical keys', () => {
  it('puts each name behind its length in bytes', () => {
    expect(namespacePrefix([])).toBe(':');
    expect(namespacePrefix(['shop'])).toBe('4:shop:');
    expect(namespacePrefix(['shop', 'user'])).toBe('4:shop4:user:');
    expect(namespacePrefix(['é'])).toBe('2:é:');
  });

  it('never gives two (path, key) the same physical key', () => {
    fc.assert(
      fc.property(path, hostileText, path, hostileText, (path1, key1, path2, key2) => {
        const same = JSON.stringify([path1, key1]) === JSON.stringify([path2, key2]);
        expect(namespacePrefix(path1) + key1 === namespacePrefix(path2) + key2).toBe(same);
      }),
      { numRuns: 20_000 },
    );
  });

  it("never lets one namespace's prefix begin a key of another", () => {
    fc.assert(
      fc.property(path, path, hostileText, (path1, path2, key) => {
        fc.pre(JSON.stringify(path1) !== JSON.stringify(path2));
        expect((namespacePrefix(path2) + key).startsWith(namespacePrefix(path1))).toBe(false);
      }),
      { numRuns: 20_000 },
    );
  });

  it.each([[''], ['x'.repeat(129)], ['\ud800'], [7 as unknown as string]])('refuses %j as a name', (name) => {
    expect(() => childPath([], name)).toThrow(InvalidKeyError);
  });
});

describe('the way back from a physical key', () => {
  it('gives the namespace and the key that it was made of', () => {
    fc.assert(
      fc.property(path, hostileText, (path, key) => {
        const prefix = namespacePrefix(path);
        expect(splitPhysicalKey(prefix + key)).toEqual({ prefix, key, isRecord: false });
        expect(splitPhysicalKey(markerPrefix(path) + key)).toEqual({ prefix, key, isRecord: true });
        expect(splitPhysicalKey(prefix)).toEqual({ prefix, key: '', isRecord: false });
      }),
      { numRuns: 20_000 },
    );
  });

  it('has names of any length', () => {
    for (const name of ['x'.repeat(128), 'é'.repeat(128), '€'.repeat(128), '😀'.repeat(64)]) {
      const prefix = namespacePrefix(['shop', name]);
      expect(splitPhysicalKey(`${prefix}k`)).toEqual({ prefix, key: 'k', isRecord: false });
    }
  });

  it.each([
    '',
    '#',
    'k',
    '4',
    '4:',
    '4:sho',
    '4:shop',
    '04:shop:k',
    '0::k',
    '1:é:k',
    '3:😀:k',
    '4:shopk',
    '##:k',
    '-1:a:k',
  ])('is not there for what no namespace begins with: %j', (key) => {
    expect(splitPhysicalKey(key)).toBeUndefined();
  });
});
