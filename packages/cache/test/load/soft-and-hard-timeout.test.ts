import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CacheEvent } from '../../src/contracts/events.js';
import { LoaderTimeoutError } from '../../src/errors.js';
import { type OpenCache, settings } from '../cache/settings.js';
import { heldLoad, isPending, loadsEnded, settled, until } from './held-load.js';

const soft = { loaderTimeout: { soft: '100ms' } } as const;
const hard = { loaderTimeout: { hard: '1s' } } as const;

describe.each(settings)('timeouts of a loader on $name', ({ open }) => {
  let opened: OpenCache;
  let events: CacheEvent[];
  beforeEach(async () => {
    opened = await open({ ttl: '10s', staleIfError: '1h', random: () => 0 });
    events = [];
    for (const type of ['miss', 'load', 'load-error', 'stale-served', 'load-overtaken'] as const)
      opened.cache.on(type, (event) => events.push(event));
    await opened.cache.set('k', 'old');
    opened.clock.advance(10_000);
  });
  afterEach(() => opened.close());

  describe('soft', () => {
    it('answers with the stale value at its time, and not before; the load goes on and is stored', async () => {
      const { cache, clock } = opened;
      const load = heldLoad();
      const call = cache.getOrSet('k', load.loader, soft);
      const { signal } = await load.begun;
      clock.advance(99);
      expect(await isPending(call)).toBe(true);
      clock.advance(1);
      expect(await call).toBe('old');
      expect(signal.aborted).toBe(false);
      load.answer('late');
      await loadsEnded(opened, 1);
      expect(await cache.get('k')).toBe('late');
      expect(events.filter(({ type }) => type !== 'miss')).toEqual([
        { type: 'stale-served', namespace: '', key: 'k', reason: 'load-slow' },
        { type: 'load', namespace: '', key: 'k', reason: 'stale', millis: 100, freshUntil: expect.any(Number) },
      ]);
    });

    it('does nothing where the load is quicker', async () => {
      const { cache, clock } = opened;
      const before = clock.pendingTasks();
      expect(await cache.getOrSet('k', () => 'new', soft)).toBe('new');
      await until(() => clock.pendingTasks() === before);
    });

    it('does nothing where no stale value may be served', async () => {
      const { cache, clock } = opened;
      const load = heldLoad();
      const call = cache.getOrSet('absent', load.loader, soft);
      const strict = cache.getOrSet('k', load.loader, { ...soft, staleIfError: '0s' });
      await load.begun;
      clock.advance(10_000);
      expect(await isPending(Promise.race([call, strict]))).toBe(true);
      load.answer('new');
      expect(await Promise.all([call, strict])).toEqual(['new', 'new']);
    });

    it('is of each caller on its own, over the one load', async () => {
      const { cache, clock } = opened;
      const load = heldLoad();
      const quick = cache.getOrSet('k', load.loader, soft);
      const patient = cache.getOrSet('k', load.loader);
      await load.begun;
      clock.advance(100);
      expect(await quick).toBe('old');
      expect(await isPending(patient)).toBe(true);
      load.answer('late');
      expect(await patient).toBe('late');
      expect(load.runs()).toBe(1);
    });

    it('lets those who come later wait for the same load', async () => {
      const { cache, clock } = opened;
      const load = heldLoad();
      const first = cache.getOrSet('k', load.loader, soft);
      await load.begun;
      clock.advance(100);
      await first;
      const second = cache.getOrSet('k', load.loader, soft);
      await settled();
      clock.advance(50);
      load.answer('late');
      expect(await second).toBe('late');
      expect(load.runs()).toBe(1);
    });

    it('tells a late failure, backs off, and leaves the stale entry', async () => {
      const { cache, clock } = opened;
      const load = heldLoad();
      const call = cache.getOrSet('k', load.loader, soft);
      await load.begun;
      clock.advance(100);
      await call;
      load.fail(new Error('late'));
      await loadsEnded(opened, 1);
      expect(events).toContainEqual(expect.objectContaining({ type: 'load-error', reason: 'stale', millis: 100 }));
      expect(await cache.getOrSet('k', () => 'new')).toBe('old');
      expect(events.at(-1)).toMatchObject({ type: 'stale-served', reason: 'backing-off' });
    });

    it.each([
      ['delete', () => opened.cache.delete('k'), undefined],
      ['set', () => opened.cache.set('k', 'newer'), 'newer'],
      ['clear', () => opened.cache.clear(), undefined],
      ['deleteMatching', () => opened.cache.deleteMatching('k'), undefined],
    ] as const)('does not store a late success after a %s', async (_, write, expected) => {
      const { cache, clock } = opened;
      const load = heldLoad();
      const call = cache.getOrSet('k', load.loader, soft);
      await load.begun;
      clock.advance(100);
      await call;
      await write();
      load.answer('read before');
      await until(() => events.some(({ type }) => type === 'load-overtaken'));
      expect(await cache.get('k')).toBe(expected);
      const next = cache.getOrSet('k', () => Promise.reject<string>(new Error('down')));
      if (expected === undefined) await expect(next).rejects.toThrow('down');
      else expect(await next).toBe(expected);
    });

    it('is answered: a caller who leaves afterwards does not end the load', async () => {
      const { cache, clock } = opened;
      const load = heldLoad();
      const controller = new AbortController();
      const call = cache.getOrSet('k', load.loader, { ...soft, signal: controller.signal });
      const { signal } = await load.begun;
      clock.advance(100);
      expect(await call).toBe('old');
      controller.abort();
      expect(signal.aborted).toBe(false);
      load.answer('late');
      await loadsEnded(opened, 1);
      expect(await cache.get('k')).toBe('late');
    });

    it('gives way to the hard timeout of the load, which still ends it', async () => {
      const { cache, clock } = opened;
      const load = heldLoad();
      const call = cache.getOrSet('k', load.loader, { loaderTimeout: { soft: '100ms', hard: '1s' } });
      const { signal } = await load.begun;
      clock.advance(100);
      expect(await call).toBe('old');
      clock.advance(900);
      expect(signal.reason).toBeInstanceOf(LoaderTimeoutError);
      await loadsEnded(opened, 1);
      load.answer('after the end');
      await settled(10);
      expect(await cache.get('k')).toBeUndefined();
    });

    it('keeps the value of the answered caller apart from what the load renews', async () => {
      const { cache, clock } = opened;
      await cache.set('k', new Set([1]));
      clock.advance(10_000);
      const load = heldLoad<Set<number>>();
      const call = cache.getOrSet('k', load.loader, soft);
      const context = await load.begun;
      clock.advance(100);
      (await call).add(666);
      load.answer(context.notModified() as never);
      await loadsEnded(opened, 1);
      expect(await cache.get('k')).toEqual(new Set([1]));
    });
  });

  describe('hard', () => {
    it('rejects for all who wait, aborts the signal with that error, and tells it once', async () => {
      const { cache, clock } = opened;
      const load = heldLoad();
      const calls = [cache.getOrSet('absent', load.loader, hard), cache.getOrSet('absent', load.loader, hard)];
      const { signal } = await load.begun;
      await settled();
      clock.advance(999);
      expect(signal.aborted).toBe(false);
      clock.advance(1);
      const message =
        "The loader of 'absent' did not answer within 1000 ms (loaderTimeout.hard). Its signal has been aborted.";
      for (const outcome of await Promise.allSettled(calls)) {
        expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'LARDER_LOADER_TIMEOUT', message } });
      }
      expect(signal.reason).toMatchObject({ code: 'LARDER_LOADER_TIMEOUT' });
      expect(events.filter(({ type }) => type === 'load-error')).toEqual([
        { type: 'load-error', namespace: '', key: 'absent', reason: 'miss', millis: 1_000, error: signal.reason },
      ]);
    });

    it('serves the stale value where that is allowed', async () => {
      const { cache, clock } = opened;
      const load = heldLoad();
      const call = cache.getOrSet('k', load.loader, hard);
      await load.begun;
      clock.advance(1_000);
      expect(await call).toBe('old');
      expect(events.at(-1)).toMatchObject({ type: 'load-error', reason: 'stale' });
    });

    it('never stores what a loader that ignores its signal answers later', async () => {
      const { cache, clock } = opened;
      const load = heldLoad();
      const call = cache.getOrSet('absent', load.loader, hard);
      await load.begun;
      clock.advance(1_000);
      await expect(call).rejects.toThrow(LoaderTimeoutError);
      load.answer('much too late');
      await settled(10);
      expect(await cache.has('absent')).toBe(false);
      expect(cache.stats()).toMatchObject({ loads: 0, loadErrors: 1 });
    });

    it('never lets it overwrite what the next load stored', async () => {
      const { cache, clock } = opened;
      const load = heldLoad();
      const call = cache.getOrSet('absent', load.loader, hard);
      await load.begun;
      clock.advance(1_000);
      await expect(call).rejects.toThrow(LoaderTimeoutError);
      expect(await cache.getOrSet('absent', () => 'second')).toBe('second');
      load.answer('first');
      await settled(10);
      expect(await cache.get('absent')).toBe('second');
    });

    it('survives a loader that fails after it', async () => {
      const { cache, clock } = opened;
      const load = heldLoad();
      const call = cache.getOrSet('absent', load.loader, hard);
      await load.begun;
      clock.advance(1_000);
      await expect(call).rejects.toThrow(LoaderTimeoutError);
      load.fail(new Error('aborted, at last'));
      await settled();
      expect(cache.stats()).toMatchObject({ loadErrors: 1 });
    });

    it('ends a refresh in the background too', async () => {
      const { cache, clock } = opened;
      const load = heldLoad();
      expect(await cache.getOrSet('k', load.loader, { ...hard, staleWhileRevalidate: '1h' })).toBe('old');
      const { signal } = await load.begun;
      clock.advance(1_000);
      expect(signal.aborted).toBe(true);
      await loadsEnded(opened, 1);
      expect(await cache.getOrSet('k', () => 'new')).toBe('old');
    });

    it('leaves no timer after a load in time', async () => {
      const { cache, clock } = opened;
      await cache.getOrSet('absent', () => 'v');
      const before = clock.pendingTasks();
      await cache.getOrSet('absent', () => 'v', { forceFresh: true, loaderTimeout: { soft: '1s', hard: '2s' } });
      await cache.getOrSet('failing', () => Promise.reject(new Error('down')), hard).catch(() => {});
      await until(() => clock.pendingTasks() === before);
    });

    it('is kept for every caller, also for one who joins a load that began without', async () => {
      const { cache, clock } = opened;
      const load = heldLoad();
      cache.getOrSet('absent', load.loader).catch(() => {});
      const impatient = cache.getOrSet('absent', load.loader, hard);
      await load.begun;
      await settled();
      clock.advance(1_000);
      const pending = await isPending(impatient);
      impatient.catch(() => {});
      load.answer('in the end');
      expect(pending).toBe(false);
    });
  });
});
