import { describe, expect, it } from 'vitest';
import { createCache } from '../../src/cache/create-cache.js';
import { InvalidOptionError } from '../../src/errors.js';

/** What JavaScript lets through, and TypeScript does not. */
const misspelt = { tll: '1m' } as object;

describe('an option that does not exist', () => {
  const cache = createCache();

  it.each<[string, () => Promise<unknown>]>([
    ['set', () => cache.set('k', 1, misspelt)],
    ['setEntry', () => cache.setEntry('k', 1, misspelt)],
    ['setMany', () => cache.setMany([['k', 1]], misspelt)],
    ['add', () => cache.add('k', 1, misspelt)],
    ['writeThrough', () => cache.writeThrough('k', 1, () => {}, misspelt)],
    ['getOrSet', () => cache.getOrSet('k', () => 1, misspelt)],
    ['getOrSetMany', () => cache.getOrSetMany(['k'], () => new Map([['k', 1]]), misspelt)],
    ['delete', () => cache.delete('k', misspelt)],
    ['update', () => cache.update('k', {}, misspelt)],
    ['increment', () => cache.increment('k', 1, misspelt)],
    ['touch', () => cache.touch('k', '1m', misspelt)],
    ['invalidateTags', () => cache.invalidateTags(['t'], misspelt)],
    ['getOrSetMany, for one key', () => cache.getOrSetMany(['k'], () => new Map(), { entryOptions: () => misspelt })],
  ])('is refused by %s, with those that do', async (_, call) => {
    await expect(call()).rejects.toThrow(InvalidOptionError);
    await expect(call()).rejects.toThrow(/no option 'tll': it has /);
    expect(await cache.has('k')).toBe(false);
  });

  it('is also one that belongs to another call', async () => {
    await expect(cache.set('k', 1, { forceFresh: true } as object)).rejects.toThrow(/'forceFresh'/);
    await expect(cache.set('k', 1, { ifAbsent: true } as object)).rejects.toThrow(/'ifAbsent'/);
    await expect(cache.setMany([['k', 1]], { ifVersion: 'v' } as object)).rejects.toThrow(/'ifVersion'/);
    await expect(cache.getOrSet('k', () => 1, { ifVersion: 'v' } as object)).rejects.toThrow(/'ifVersion'/);
  });
});
