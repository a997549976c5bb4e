import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyPattern } from '../../src/keys/key-pattern.js';

/** The same language as a regular expression: slow on purpose-made input, and plainly right. */
function reference(pattern: string): RegExp {
  const source = [...pattern.matchAll(/\\(.)|(\*)|(\?)|(.)/gsu)].map(([, escaped, run, any, literal]) => {
    if (run !== undefined) return '.*';
    if (any !== undefined) return '.';
    return (escaped ?? literal ?? '').replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${source.join('')}$`, 'su');
}

describe('key patterns', () => {
  it.each([
    ['user:*', 'user:1', true],
    ['user:*', 'users', false],
    ['*', '', true],
    ['a?c', 'abc', true],
    ['a?c', 'a😀c', true],
    ['a?c', 'ac', false],
    ['a\\*c', 'a*c', true],
    ['a\\*c', 'abc', false],
    ['*a*b*', 'xxaxxbxx', true],
    ['*a*b', 'ab ab a', false],
    ['[ab]', 'a', false],
  ])('%s against %s: %s', (pattern, key, matches) => {
    expect(keyPattern(pattern).matches(key)).toBe(matches);
  });

  it('agrees with a regular expression', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?', '\\', '.', '😀'), maxLength: 8 });
    fc.assert(
      fc.property(text, text, (pattern, key) => {
        fc.pre(!/(^|[^\\])(\\\\)*\\$/.test(pattern));
        expect(keyPattern(pattern).matches(key)).toBe(reference(pattern).test(key));
      }),
      { numRuns: 10_000 },
    );
  });

  it('knows what every matching key begins with', () => {
    expect(keyPattern('user:4*2').literalPrefix).toBe('user:4');
    expect(keyPattern('a\\*b?').literalPrefix).toBe('a*b');
    expect(keyPattern('plain').literalPrefix).toBe('plain');
  });

  it('is not slowed down by a hostile pattern', () => {
    const started = process.cpuUsage();
    expect(keyPattern('*a'.repeat(500)).matches('a'.repeat(8_000).concat('b'))).toBe(false);
    expect(process.cpuUsage(started).user).toBeLessThan(2_000_000);
  });
});
