import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type OpenCache, settings } from '../cache/settings.js';

describe.each(settings)('backing off on $name', ({ open }) => {
  let opened: OpenCache;
  let drawn: number;
  let loads: number;
  beforeEach(async () => {
    drawn = 0;
    loads = 0;
    opened = await open({ ttl: '10s', staleIfError: '1h', random: () => drawn });
    await opened.cache.set('k', 'old');
    opened.clock.advance(10_000);
  });
  afterEach(() => opened.close());

  const fail = (): never => {
    loads++;
    throw new Error('down');
  };
  const read = (loader: () => unknown = fail) => opened.cache.getOrSet('k', loader);

  it('does not run a failing loader at every read of an outage', async () => {
    for (let second = 0; second < 120; second++) {
      expect(await read()).toBe('old');
      opened.clock.advance(1_000);
    }
    // After 0, 1, 3, 7, 15, 31, 61, 91 seconds.
    expect(loads).toBe(8);
  });

  it('tries again exactly when the pause is over, shortened by chance', async () => {
    drawn = 0.8;
    await read();
    opened.clock.advance(799);
    await read();
    expect(loads).toBe(1);
    opened.clock.advance(1);
    await read();
    expect(loads).toBe(2);
  });

  it('begins anew after a success', async () => {
    await read();
    opened.clock.advance(1_000);
    await read();
    opened.clock.advance(2_000);
    expect(await read(() => 'new')).toBe('new');
    opened.clock.advance(10_000);
    expect(await read()).toBe('new');
    opened.clock.advance(1_000);
    await read();
    expect(loads).toBe(4);
  });

  it('lets a forced load through, whose success ends it', async () => {
    await read();
    expect(await opened.cache.getOrSet('k', () => 'new', { forceFresh: true })).toBe('new');
    opened.clock.advance(10_000);
    expect(await read(() => 'newer')).toBe('newer');
  });

  it('holds up nobody who has nothing stale to be served', async () => {
    await expect(opened.cache.getOrSet('absent', fail)).rejects.toThrow('down');
    await expect(opened.cache.getOrSet('absent', fail)).rejects.toThrow('down');
    expect(loads).toBe(2);
    expect(await opened.cache.getOrSet('absent', () => 'up')).toBe('up');
  });

  it('is for each key, and each namespace, on its own', async () => {
    const { cache } = opened;
    const other = cache.namespace('other');
    for (const each of [cache, other])
      await each.setMany([
        ['k', 1],
        ['l', 1],
      ] as const);
    opened.clock.advance(10_000);
    await read();
    expect(await cache.getOrSet('l', () => 2)).toBe(2);
    expect(await other.getOrSet('k', () => 2)).toBe(2);
    expect(await read(() => 2)).toBe(1);
  });

  it('does not count a load that was given up because its caller left', async () => {
    const controller = new AbortController();
    const call = opened.cache.getOrSet('k', () => new Promise<string>(() => {}), { signal: controller.signal });
    controller.abort(new Error('left'));
    await expect(call).rejects.toThrow('left');
    expect(await read(() => 'new')).toBe('new');
  });

  it('counts a load that ran into the hard timeout', async () => {
    const call = opened.cache.getOrSet('k', () => new Promise<string>(() => {}), { loaderTimeout: { hard: '5s' } });
    opened.clock.advance(5_000);
    expect(await call).toBe('old');
    expect(await read(() => 'new')).toBe('old');
  });

  it('remembers a bounded number of keys', async () => {
    for (let key = 0; key < 10_001; key++) await opened.cache.getOrSet(`key${key}`, fail).catch(() => {});
    expect(loads).toBe(10_001);
    expect(await read()).toBe('old');
    expect(loads).toBe(10_002);
  });
});
