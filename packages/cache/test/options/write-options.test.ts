import { describe, expect, it } from 'vitest';
import type { WriteOptions } from '../../src/contracts/cache.js';
import type { Lifespan } from '../../src/contracts/entry.js';
import { InvalidOptionError } from '../../src/errors.js';
import { resolveWriteOptions } from '../../src/options/write-options.js';

const usual: Lifespan = { ttl: 1, staleWhileRevalidate: 2, staleIfError: 3, jitter: 4 };
const other: Lifespan = { ttl: 5, staleWhileRevalidate: 6, staleIfError: 7, jitter: 8 };

describe('the options of a write', () => {
  it('have the defaults of their own namespace where they name a ttl alone, whoever wrote with it before', () => {
    for (let turn = 0; turn < 2; turn++) {
      for (const defaults of [usual, other]) {
        for (const [ttl, millis] of [
          ['1s', 1_000],
          ['2s', 2_000],
          ['never', Number.POSITIVE_INFINITY],
        ] as const) {
          const resolved = resolveWriteOptions({ ttl }, defaults);
          expect(resolved).toEqual({ lifespan: { ...defaults, ttl: millis }, details: undefined });
        }
      }
    }
  });

  it('are read anew at each write', () => {
    const options: { -readonly [Name in keyof WriteOptions]: WriteOptions[Name] } = { ttl: '1s' };
    expect(resolveWriteOptions(options, usual).lifespan).toEqual({ ...usual, ttl: 1_000 });
    options.ttl = '2s';
    expect(resolveWriteOptions(options, usual).lifespan).toEqual({ ...usual, ttl: 2_000 });
    options.tags = ['t'];
    expect(resolveWriteOptions(options, usual).details?.tags).toEqual(['t']);
  });

  it.each([
    ['null', null],
    ['a text', '1s'],
    ['an array', Object.assign([], { ttl: '1s' })],
    ['a bare number', { ttl: 5 }],
    ['a misspelt name beside the ttl', { ttl: '1s', tag: 'x' }],
  ])('are refused where they are %s, also after a write that was right', (_, options) => {
    resolveWriteOptions({ ttl: '1s' }, usual);
    expect(() => resolveWriteOptions(options as WriteOptions, usual)).toThrow(InvalidOptionError);
  });
});
