import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CacheEvent } from '../../src/contracts/events.js';
import { NothingToRenewError } from '../../src/errors.js';
import { type OpenCache, settings } from '../cache/settings.js';
import { heldLoad, settled } from './held-load.js';

const forceFresh = { forceFresh: true } as const;

describe.each(settings)('forceFresh on $name', ({ open }) => {
  let opened: OpenCache;
  let events: CacheEvent[];
  beforeEach(async () => {
    opened = await open({ ttl: '1m', staleIfError: '1h' });
    events = [];
    for (const type of ['load', 'load-error', 'load-overtaken'] as const)
      opened.cache.on(type, (event) => events.push(event));
    await opened.cache.set('k', 'cached');
  });
  afterEach(() => opened.close());

  it('loads whatever is cached, and caches that', async () => {
    const { cache } = opened;
    expect(await cache.getOrSet('k', () => 'forced', forceFresh)).toBe('forced');
    expect(await cache.get('k')).toBe('forced');
    expect(events).toEqual([
      { type: 'load', namespace: '', key: 'k', reason: 'forced', millis: 0, freshUntil: expect.any(Number) },
    ]);
  });

  it('leaves the cached value to the others meanwhile', async () => {
    const { cache } = opened;
    const load = heldLoad();
    const forced = cache.getOrSet('k', load.loader, forceFresh);
    await load.begun;
    expect(await cache.getOrSet('k', () => 'unforced')).toBe('cached');
    load.answer('forced');
    expect(await forced).toBe('forced');
  });

  it('is one load for those who force together', async () => {
    const { cache } = opened;
    const load = heldLoad();
    const calls = [1, 2, 3].map(() => cache.getOrSet('k', load.loader, forceFresh));
    await load.begun;
    load.answer('forced');
    expect(await Promise.all(calls)).toEqual(['forced', 'forced', 'forced']);
    expect(load.runs()).toBe(1);
  });

  it('does not join a load that nobody forced, and wins over it, whichever ends first', async () => {
    const { cache } = opened;
    for (const order of ['forced first', 'forced last']) {
      await cache.delete('k');
      const [plain, forced] = [heldLoad(), heldLoad()];
      const calls = [cache.getOrSet('k', plain.loader)];
      await plain.begun;
      calls.push(cache.getOrSet('k', forced.loader, forceFresh));
      await forced.begun;
      const [first, last] = order === 'forced first' ? [forced, plain] : [plain, forced];
      first.answer(first === forced ? 'forced' : 'plain');
      await settled(10);
      last.answer(last === forced ? 'forced' : 'plain');
      expect(await Promise.all(calls)).toEqual(['plain', 'forced']);
      expect(await cache.get('k')).toBe('forced');
    }
    expect(events.filter(({ type }) => type === 'load-overtaken')).toHaveLength(2);
  });

  it('is joined by those who miss meanwhile', async () => {
    const { cache } = opened;
    await cache.delete('k');
    const load = heldLoad();
    const forced = cache.getOrSet('k', load.loader, forceFresh);
    await load.begun;
    const plain = cache.getOrSet('k', () => 'plain');
    await settled();
    load.answer('forced');
    expect(await Promise.all([forced, plain])).toEqual(['forced', 'forced']);
  });

  it('leaves what is cached when it fails', async () => {
    const { cache } = opened;
    await expect(cache.getOrSet('k', () => Promise.reject(new Error('down')), forceFresh)).rejects.toThrow('down');
    expect(await cache.get('k')).toBe('cached');
    expect(events).toEqual([expect.objectContaining({ type: 'load-error', reason: 'forced' })]);
  });

  it('removes what is cached where the source has it no more', async () => {
    const { cache } = opened;
    expect(await cache.getOrSet('k', () => undefined as unknown as string, forceFresh)).toBeUndefined();
    expect(await cache.get('k')).toBeUndefined();
    expect(await cache.getOrSet('k', () => 'there again')).toBe('there again');
  });

  it('does not remove what was written meanwhile', async () => {
    const { cache } = opened;
    const load = heldLoad<string>();
    const forced = cache.getOrSet('k', load.loader, forceFresh);
    await load.begun;
    await cache.set('k', 'newer');
    load.answer(undefined as unknown as string);
    await forced;
    expect(await cache.get('k')).toBe('newer');
  });

  it('asks unconditionally: there is no stale value to be renewed', async () => {
    const { cache } = opened;
    const forced = cache.getOrSet(
      'k',
      ({ stale, notModified }) => {
        expect(stale).toBeUndefined();
        return notModified();
      },
      forceFresh,
    );
    await expect(forced).rejects.toThrow(NothingToRenewError);
    expect(await cache.get('k')).toBe('cached');
  });

  it('loads every key of a batch', async () => {
    const { cache } = opened;
    const asked: (readonly string[])[] = [];
    const values = await cache.getOrSetMany(
      ['k', 'l'],
      (keys) => {
        asked.push(keys);
        return new Map(keys.map((key) => [key, 'forced']));
      },
      forceFresh,
    );
    expect(values).toEqual(
      new Map([
        ['k', 'forced'],
        ['l', 'forced'],
      ]),
    );
    expect(asked).toEqual([['k', 'l']]);
    expect(await cache.get('k')).toBe('forced');
  });
});
