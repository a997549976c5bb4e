import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCache } from '../../src/cache/create-cache.js';
import type { CacheEvent } from '../../src/contracts/events.js';
import { fakeClock } from '../../src/testing/fake-clock.js';
import { type OpenCache, settings } from '../cache/settings.js';
import { heldLoad, isPending, settled } from './held-load.js';
import { heldStore } from './held-store.js';

const left = new Error('the caller has left');

describe.each(settings)('leaving a load on $name', ({ open }) => {
  let opened: OpenCache;
  let events: CacheEvent[];
  beforeEach(async () => {
    opened = await open({ ttl: '10s' });
    events = [];
    for (const type of ['load', 'load-error', 'load-overtaken'] as const)
      opened.cache.on(type, (event) => events.push(event));
  });
  afterEach(() => opened.close());

  it('never begins where the signal has aborted already', async () => {
    const load = heldLoad();
    const signal = AbortSignal.abort(left);
    await expect(opened.cache.getOrSet('k', load.loader, { signal })).rejects.toBe(left);
    expect(load.runs()).toBe(0);
  });

  it('aborts the load of which the only caller leaves, with its reason; nothing is stored or told', async () => {
    const { cache } = opened;
    const load = heldLoad();
    const controller = new AbortController();
    const call = cache.getOrSet('k', load.loader, { signal: controller.signal });
    const { signal } = await load.begun;
    controller.abort(left);
    await expect(call).rejects.toBe(left);
    expect(signal.reason).toBe(left);
    load.answer('for nobody');
    await settled(10);
    expect(await cache.has('k')).toBe(false);
    expect(events).toEqual([]);
  });

  it('leaves the load to the others when its leader leaves', async () => {
    const { cache } = opened;
    const load = heldLoad();
    const controller = new AbortController();
    const leader = cache.getOrSet('k', load.loader, { signal: controller.signal });
    const { signal } = await load.begun;
    const other = cache.getOrSet('k', load.loader);
    await settled();
    controller.abort(left);
    await expect(leader).rejects.toBe(left);
    expect(signal.aborted).toBe(false);
    load.answer('v');
    expect(await other).toBe('v');
    expect(await cache.get('k')).toBe('v');
    expect(load.runs()).toBe(1);
  });

  it('aborts the load when the last one leaves, in whatever order', async () => {
    const { cache } = opened;
    const load = heldLoad();
    const controllers = [new AbortController(), new AbortController(), new AbortController()];
    const calls = controllers.map(({ signal }) => cache.getOrSet('k', load.loader, { signal }));
    const settling = Promise.allSettled(calls);
    const { signal } = await load.begun;
    await settled();
    for (const at of [1, 2]) controllers[at]?.abort(left);
    expect(signal.aborted).toBe(false);
    controllers[0]?.abort(left);
    expect(signal.aborted).toBe(true);
    expect((await settling).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  });

  it('begins another load for whoever comes after all have left', async () => {
    const { cache } = opened;
    const load = heldLoad();
    const controller = new AbortController();
    const call = cache.getOrSet('k', load.loader, { signal: controller.signal });
    await load.begun;
    const outcome = expect(call).rejects.toBe(left);
    controller.abort(left);
    expect(await cache.getOrSet('k', () => 'second')).toBe('second');
    await outcome;
    load.answer('first');
    await settled(10);
    expect(await cache.get('k')).toBe('second');
  });

  it('begins it even in the very turn in which the last one left', async () => {
    const { cache } = opened;
    const load = heldLoad();
    const controller = new AbortController();
    const call = cache.getOrSet('k', load.loader, { signal: controller.signal });
    await load.begun;
    const outcome = expect(call).rejects.toBe(left);
    controller.abort(left);
    const next = cache.getOrSet('k', () => 'second');
    expect(await next).toBe('second');
    await outcome;
  });

  it('counts a caller once, however often its signal is used', async () => {
    const { cache } = opened;
    const load = heldLoad();
    const { signal } = new AbortController();
    const calls = [cache.getOrSet('k', load.loader, { signal }), cache.getOrSet('k', load.loader, { signal })];
    load.answer('v');
    expect(await Promise.all(calls)).toEqual(['v', 'v']);
  });

  it('does nothing after the answer', async () => {
    const { cache } = opened;
    const controller = new AbortController();
    expect(await cache.getOrSet('k', () => 'v', { signal: controller.signal })).toBe('v');
    controller.abort(left);
    await settled();
    expect(await cache.get('k')).toBe('v');
  });

  it('rejects with the reason, whatever that is', async () => {
    const load = heldLoad();
    const controller = new AbortController();
    const call = opened.cache.getOrSet('k', load.loader, { signal: controller.signal });
    await load.begun;
    controller.abort();
    await expect(call).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('is not excused by a stale value: a caller who leaves gets its own reason', async () => {
    const { cache, clock } = opened;
    await cache.set('k', 'old', { staleIfError: '1h' });
    clock.advance(10_000);
    const load = heldLoad();
    const controller = new AbortController();
    const options = { staleIfError: '1h', signal: controller.signal } as const;
    const call = cache.getOrSet('k', load.loader, options);
    await load.begun;
    controller.abort(left);
    await expect(call).rejects.toBe(left);
    expect(await cache.getOrSet('k', () => 'new', { staleIfError: '1h' })).toBe('new');
  });
});

describe('leaving while the store is asked', () => {
  it.each([
    [
      'getOrSet',
      (cache: ReturnType<typeof createCache>, signal: AbortSignal, load: () => string) =>
        cache.getOrSet('k', load, { signal }),
    ],
    [
      'getOrSetMany',
      (cache: ReturnType<typeof createCache>, signal: AbortSignal, load: () => string) =>
        cache.getOrSetMany(['k'], () => new Map([['k', load()]]), { signal }),
    ],
  ] as const)('ends %s at once, and no loader runs', async (_, call) => {
    const store = heldStore();
    const cache = createCache({ clock: fakeClock(), store });
    const release = store.hold('get');
    const controller = new AbortController();
    let loads = 0;
    const calling = call(cache, controller.signal, () => `${++loads}`);
    const outcome = expect(calling).rejects.toBe(left);
    controller.abort(left);
    expect(await isPending(calling)).toBe(false);
    await outcome;
    release();
    await settled();
    expect(loads).toBe(0);
    await cache.close();
  });

  it('leaves the read to the others', async () => {
    const store = heldStore();
    const cache = createCache({ clock: fakeClock(), store });
    const release = store.hold('get');
    const controller = new AbortController();
    const first = cache.getOrSet('k', () => 'first', { signal: controller.signal });
    const second = cache.getOrSet('k', () => 'second');
    const outcome = expect(first).rejects.toBe(left);
    controller.abort(left);
    release();
    await outcome;
    expect(await second).toBe('second');
    expect(store.calls.filter((method) => method === 'get')).toHaveLength(1);
    await cache.close();
  });
});
