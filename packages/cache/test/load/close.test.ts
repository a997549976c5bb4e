import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCache } from '../../src/cache/create-cache.js';
import { ClosedError } from '../../src/errors.js';
import { fakeClock } from '../../src/testing/fake-clock.js';
import { memoryMapStore } from '../../src/testing/memory-map-store.js';
import { type OpenCache, settings } from '../cache/settings.js';
import { heldLoad, isPending, settled } from './held-load.js';
import { heldStore } from './held-store.js';

const rejections: unknown[] = [];
const note = (reason: unknown) => rejections.push(reason);
beforeEach(() => {
  rejections.length = 0;
  process.on('unhandledRejection', note);
});
afterEach(async () => {
  await settled();
  process.off('unhandledRejection', note);
  expect(rejections).toEqual([]);
});

describe.each(settings)('closing on $name', ({ open }) => {
  let opened: OpenCache;
  beforeEach(async () => {
    opened = await open({ ttl: '10s', random: () => 0 });
  });
  afterEach(() => opened.close());

  it('ends the loads under way, with their signals, whether or not they listen', async () => {
    const { cache } = opened;
    const load = heldLoad();
    const calls = [cache.getOrSet('k', load.loader), cache.getOrSet('k', load.loader)];
    const many = cache.getOrSetMany(['k', 'l'], () => new Promise<never>(() => {}));
    const settling = Promise.allSettled([...calls, many]);
    const { signal } = await load.begun;
    await settled(10);
    await cache.close();
    expect(signal.reason).toBeInstanceOf(ClosedError);
    for (const outcome of await settling)
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'LARDER_CLOSED' } });
    load.answer('too late');
    await settled();
  });

  it('ends refreshes in the background, and loads that their callers left to themselves', async () => {
    const { cache, clock } = opened;
    const windows = { staleWhileRevalidate: '1h', staleIfError: '2h' } as const;
    await cache.setMany(
      [
        ['refreshed', 'old'],
        ['slow', 'old'],
      ],
      windows,
    );
    clock.advance(10_000);
    const [refresh, slow] = [heldLoad(), heldLoad()];
    expect(await cache.getOrSet('refreshed', refresh.loader, windows)).toBe('old');
    const options = { staleIfError: '2h', loaderTimeout: { soft: '1s', hard: '1h' } } as const;
    const call = cache.getOrSet('slow', slow.loader, options);
    await slow.begun;
    clock.advance(1_000);
    expect(await call).toBe('old');
    await cache.close();
    expect((await refresh.begun).signal.aborted).toBe(true);
    expect((await slow.begun).signal.aborted).toBe(true);
    refresh.fail(new Error('aborted'));
    slow.answer('too late');
    await settled();
  });

  it('refuses what comes later, and closes once', async () => {
    const { cache } = opened;
    await cache.set('k', 'v');
    await Promise.all([cache.close(), cache.close()]);
    await cache.close();
    for (const call of [
      () => cache.get('k'),
      () => cache.getOrSet('k', () => 'v'),
      () => cache.getOrSetMany(['k'], () => new Map()),
      () => cache.writeThrough('k', 'v', () => {}),
      () => cache.set('k', 'v'),
      () => cache.delete('k'),
      () => cache.update('k', () => 'v'),
    ]) {
      await expect(call()).rejects.toThrow(ClosedError);
    }
  });

  it('never runs a loader of a call that came before and got there later', async () => {
    const { cache } = opened;
    await cache.set('k', 'v');
    const closing = cache.close();
    let loads = 0;
    await expect(cache.getOrSet('other', () => ++loads)).rejects.toThrow(ClosedError);
    await closing;
    expect(loads).toBe(0);
  });
});

describe('closing over a network', () => {
  it('ends calls that wait for a store that hangs, and no loader runs any more', async () => {
    const clock = fakeClock();
    const store = heldStore();
    const cache = createCache({ clock, store, storeTimeout: '1s' });
    store.hold('get');
    let loads = 0;
    const calls = [cache.getOrSet('k', () => ++loads), cache.getOrSetMany(['k', 'l'], () => new Map([['k', ++loads]]))];
    const settling = Promise.allSettled(calls);
    await settled();
    const closing = cache.close();
    clock.advance(1_000);
    await closing;
    for (const outcome of await settling)
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'LARDER_CLOSED' } });
    expect(loads).toBe(0);
    expect(clock.pendingTasks()).toBe(0);
  });

  it('waits for what is being stored in the background, no longer than the deadline of the store', async () => {
    const clock = fakeClock();
    const store = heldStore();
    const cache = createCache({
      clock,
      store,
      memory: false,
      ttl: '10s',
      staleWhileRevalidate: '1h',
      storeTimeout: '1s',
    });
    await cache.set('k', 'old');
    clock.advance(10_000);
    store.hold('set');
    expect(await cache.getOrSet('k', () => 'new')).toBe('old');
    await settled();
    let isClosed = false;
    const closing = cache.close().then(() => {
      isClosed = true;
    });
    await settled();
    expect(isClosed).toBe(false);
    clock.advance(1_000);
    await closing;
    expect(clock.pendingTasks()).toBe(0);
  });

  it('closes the store after that', async () => {
    const closed: boolean[] = [];
    const inner = memoryMapStore();
    const store = { ...inner, close: async () => void closed.push(true) };
    await createCache({ store }).close();
    expect(closed).toEqual([true]);
  });
});

describe('a process with a cache', () => {
  it('ends by itself, with loads, refreshes, timeouts and a store that hangs under way', async () => {
    const script = `
      import { createCache } from '${new URL('../../dist/index.js', import.meta.url)}';
      import { memoryMapStore } from '${new URL('../../dist/testing/memory-map-store.js', import.meta.url)}';
      const hang = () => new Promise(() => {});
      const cache = createCache({ ttl: '1ms', staleWhileRevalidate: '1h', loaderTimeout: { soft: '1h', hard: '2h' } });
      await cache.set('k', 'old');
      await new Promise((resolve) => setTimeout(resolve, 20));
      cache.getOrSet('k', hang);
      cache.getOrSet('l', hang);
      cache.getOrSetMany(['m', 'n'], hang);
      const hung = createCache({ store: { ...memoryMapStore(), get: hang, set: hang }, storeTimeout: '1h' });
      hung.getOrSet('k', () => 'v');
      hung.set('k', 'v');
      console.log('at the end');
    `;
    const run = promisify(execFile);
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], { timeout: 20_000 });
    expect(stdout).toBe('at the end\n');
  });
});

describe('after closing', () => {
  it('no timer is left, and a store that does not let go is waited for no longer than its deadline', async () => {
    const clock = fakeClock();
    const cache = createCache({ clock, ttl: '1h' });
    await cache.setMany(Array.from({ length: 10_000 }, (_, at): [string, number] => [`k${at}`, at]));
    await cache.clear();
    await cache.set('k', 1);
    await cache.close();
    expect(clock.pendingTasks()).toBe(0);

    const hung = createCache({ clock, store: { ...heldStore(), close: () => new Promise(() => {}) } });
    const closing = hung.close();
    expect(await isPending(closing)).toBe(true);
    clock.advance(1_000);
    await closing;
  });
});
