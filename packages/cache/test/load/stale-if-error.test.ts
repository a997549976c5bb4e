import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CacheEvent } from '../../src/contracts/events.js';
import { type OpenCache, settings } from '../cache/settings.js';
import { heldLoad, until } from './held-load.js';

describe.each(settings)('staleIfError on $name', ({ open }) => {
  let opened: OpenCache;
  let events: CacheEvent[];
  beforeEach(async () => {
    opened = await open({ ttl: '10s', staleIfError: '60s', random: () => 0 });
    events = [];
    for (const type of ['hit', 'miss', 'load', 'load-error', 'stale-served', 'refresh'] as const)
      opened.cache.on(type, (event) => events.push(event));
    await opened.cache.set('k', 'old');
    opened.clock.advance(10_000);
  });
  afterEach(() => opened.close());

  const down = (): Promise<string> => Promise.reject(new Error('down'));

  it('waits for the load, and answers with what it brings', async () => {
    expect(await opened.cache.getOrSet('k', () => 'new')).toBe('new');
    expect(await opened.cache.get('k')).toBe('new');
    expect(opened.cache.stats()).toMatchObject({ loads: 1, staleHits: 0, refreshes: 0 });
  });

  it.each([
    ['rejects', down],
    [
      'throws at once',
      () => {
        throw new Error('down');
      },
    ],
    ['rejects with undefined', () => Promise.reject(undefined)],
    ['answers what cannot be kept', () => (() => {}) as unknown as string],
    ['answers a thenable that rejects', () => rejectingThenable() as Promise<string>],
  ])('answers with the stale value when the loader %s', async (_, loader) => {
    expect(await opened.cache.getOrSet('k', loader)).toBe('old');
    expect(opened.cache.stats()).toMatchObject({ loadErrors: 1, staleHits: 1 });
  });

  it('tells the failure once and each stale answer, with their reasons', async () => {
    const { cache } = opened;
    await Promise.all([cache.getOrSet('k', down), cache.getOrSet('k', down)]);
    expect(events.filter(({ type }) => type === 'load-error')).toEqual([
      expect.objectContaining({ key: 'k', reason: 'stale', error: new Error('down') }),
    ]);
    expect(events.filter(({ type }) => type === 'stale-served')).toEqual([
      expect.objectContaining({ reason: 'load-failed' }),
      expect.objectContaining({ reason: 'load-failed' }),
    ]);
    expect(events.filter(({ type }) => type === 'hit')).toHaveLength(2);
    expect(events.filter(({ type }) => type === 'miss')).toHaveLength(0);
  });

  it('serves up to the last moment of the window, and passes the failure on from then on', async () => {
    const { cache, clock } = opened;
    clock.advance(59_999);
    expect(await cache.getOrSet('k', down)).toBe('old');
    clock.advance(1);
    await expect(cache.getOrSet('k', down)).rejects.toThrow('down');
  });

  it('passes the failure on where the window ends during the load', async () => {
    const load = heldLoad();
    const call = opened.cache.getOrSet('k', load.loader);
    await load.begun;
    opened.clock.advance(60_000);
    load.fail(new Error('down'));
    await expect(call).rejects.toThrow('down');
  });

  it("passes the failure on with '0s', of the call", async () => {
    await expect(opened.cache.getOrSet('k', down, { staleIfError: '0s' })).rejects.toThrow('down');
  });

  it('never serves beyond what the entry was written with', async () => {
    const { cache, clock } = opened;
    await cache.set('k', 'old', { staleIfError: '5s' });
    clock.advance(15_000);
    await expect(cache.getOrSet('k', down, { staleIfError: 'never' })).rejects.toThrow('down');
  });

  it('passes the failure on after the entry was deleted before the call', async () => {
    await opened.cache.delete('k');
    await expect(opened.cache.getOrSet('k', down)).rejects.toThrow('down');
  });

  it('passes the failure of a forced load on', async () => {
    await expect(opened.cache.getOrSet('k', down, { forceFresh: true })).rejects.toThrow('down');
  });

  it('removes what the source has no more, and answers that it has none', async () => {
    const { cache } = opened;
    expect(await cache.getOrSet('k', () => undefined as unknown as string)).toBeUndefined();
    await expect(cache.getOrSet('k', down)).rejects.toThrow('down');
  });

  it('leaves no timer and no load behind', async () => {
    const before = opened.clock.pendingTasks();
    await opened.cache.getOrSet('k', down, { loaderTimeout: { soft: '1s', hard: '5s' } });
    await until(() => opened.clock.pendingTasks() === before);
  });
});

/** No promise: an object that happens to have `then`. */
function rejectingThenable(): unknown {
  const then = (_: unknown, reject: (error: Error) => void) => reject(new Error('down'));
  return Object.fromEntries([['then', then]]);
}
