import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCache } from '../../src/cache/create-cache.js';
import type { Loader, LoaderContext, StaleValue, Validators } from '../../src/contracts/load.js';
import { InvalidOptionError, NothingToRenewError } from '../../src/errors.js';
import { fakeClock } from '../../src/testing/fake-clock.js';
import { type OpenCache, settings } from '../cache/settings.js';
import { loadsEnded, settled } from './held-load.js';
import { heldStore } from './held-store.js';

const validators = { etag: '"v1"', lastModified: 'Mon, 01 Jan 2024 00:00:00 GMT' };

describe.each(settings)('conditional refresh on $name', ({ open }) => {
  let opened: OpenCache;
  beforeEach(async () => {
    opened = await open({ ttl: '10s', staleIfError: '1h', random: () => 0 });
  });
  afterEach(() => opened.close());

  const first: Loader<string> = ({ setValidators }) => {
    setValidators(validators);
    return 'v';
  };
  const renew: Loader<string> = ({ notModified }) => notModified();

  it('tells the loader what is cached, with its validators', async () => {
    const { cache, clock } = opened;
    let told: LoaderContext['stale'];
    const look: Loader<string> = (context) => {
      told = context.stale;
      return first(context);
    };
    await cache.getOrSet('k', look);
    expect(told).toBeUndefined();
    expect(await cache.getEntry('k')).toMatchObject(validators);
    clock.advance(10_000);
    await cache.getOrSet('k', look);
    expect(told).toEqual({ value: 'v', ...validators });
  });

  it('renews the times and keeps everything else', async () => {
    const { cache, clock } = opened;
    await cache.getOrSet('k', first, { tags: ['t'], indexes: { user: 'alice' }, contentType: 'text/plain' });
    const before = await cache.getEntry('k');
    clock.advance(10_000);
    expect(await cache.getOrSet('k', renew)).toBe('v');
    const after = await cache.getEntry('k');
    expect(after).toEqual({
      ...before,
      createdAt: expect.any(Number),
      freshUntil: clock.now() + 10_000,
      staleUntil: clock.now() + 3_610_000,
    });
    expect(after?.createdAt).toBeGreaterThanOrEqual(clock.now());
  });

  it('keeps the validators over any number of renewals, and takes others from the loader', async () => {
    const { cache, clock } = opened;
    await cache.getOrSet('k', first);
    for (let round = 0; round < 3; round++) {
      clock.advance(10_000);
      await cache.getOrSet('k', renew);
      expect(await cache.getEntry('k')).toMatchObject(validators);
    }
    clock.advance(10_000);
    await cache.getOrSet('k', ({ setValidators, notModified }) => {
      setValidators({ etag: '"v2"' });
      return notModified();
    });
    const entry = await cache.getEntry('k');
    expect([entry?.etag, entry?.lastModified]).toEqual(['"v2"', undefined]);
  });

  it('forgets the validators of the value before with another value', async () => {
    const { cache, clock } = opened;
    await cache.getOrSet('k', first);
    clock.advance(10_000);
    await cache.getOrSet('k', () => 'w');
    expect((await cache.getEntry('k'))?.etag).toBeUndefined();
    await cache.getOrSet('l', first);
    await cache.set('l', 'w');
    expect((await cache.getEntry('l'))?.etag).toBeUndefined();
  });

  it('may say another ttl and other tags', async () => {
    const { cache, clock } = opened;
    await cache.getOrSet('k', first, { tags: ['t'] });
    clock.advance(10_000);
    await cache.getOrSet('k', ({ setTtl, setTags, notModified }) => {
      setTtl('1m');
      setTags(['u']);
      return notModified();
    });
    expect(await cache.getEntry('k')).toMatchObject({ tags: ['u'], ...validators });
    expect(await cache.ttlSeconds('k')).toBe(60);
  });

  it('renews null and every other value that is false', async () => {
    const { cache, clock } = opened;
    for (const value of [null, 0, '', false]) {
      await cache.set('k', value);
      clock.advance(10_000);
      expect(await cache.getOrSet('k', ({ notModified }) => notModified())).toBe(value);
      expect(await cache.get('k')).toBe(value);
    }
  });

  it('renews in the background', async () => {
    const { cache, clock } = opened;
    const windows = { staleWhileRevalidate: '1h' } as const;
    await cache.getOrSet('k', first, windows);
    clock.advance(10_000);
    expect(await cache.getOrSet('k', renew, windows)).toBe('v');
    await loadsEnded(opened, 2);
    expect(await cache.getEntry('k')).toMatchObject({ value: 'v', ...validators });
  });

  it('rejects where nothing is cached, and caches nothing', async () => {
    const { cache } = opened;
    await expect(cache.getOrSet('k', renew)).rejects.toThrow(NothingToRenewError);
    expect(await cache.has('k')).toBe(false);
    expect(cache.stats().loadErrors).toBe(1);
  });

  it('does not renew with skip(), but answers', async () => {
    const { cache, clock } = opened;
    await cache.getOrSet('k', first);
    clock.advance(10_000);
    const skipping: Loader<string> = ({ skip, notModified }) => {
      skip();
      return notModified();
    };
    expect(await cache.getOrSet('k', skipping)).toBe('v');
    expect(await cache.get('k')).toBeUndefined();
  });

  it('hands the loader a value that it may change without changing what is cached', async () => {
    const { cache, clock } = opened;
    await cache.set('k', new Map([['a', 1]]));
    clock.advance(10_000);
    await cache.getOrSet('k', ({ stale, notModified }) => {
      (stale as StaleValue<Map<string, number>>).value.set('a', 666);
      return notModified();
    });
    expect(await cache.get('k')).toEqual(new Map([['a', 1]]));
  });

  it.each([
    ['a delete', () => opened.cache.delete('k'), undefined],
    ['a set', () => opened.cache.set('k', 'w'), 'w'],
    ['a clear', () => opened.cache.clear(), undefined],
  ] as const)('renews nothing after %s during the load', async (_, write, expected) => {
    const { cache, clock } = opened;
    await cache.getOrSet('k', first);
    clock.advance(10_000);
    await cache.getOrSet('k', async ({ notModified }) => {
      await write();
      return notModified();
    });
    expect(await cache.get('k')).toBe(expected);
  });

  it.each([[{ etag: 5 }], [{ etag: 'x'.repeat(1_025) }], [{ lastModified: '\ud800' }], [{ lastModified: null }]])(
    'refuses validators that could not be kept: %j',
    async (bad) => {
      const call = opened.cache.getOrSet('k', ({ setValidators }) => {
        setValidators(bad as unknown as Validators);
        return 'v';
      });
      await expect(call).rejects.toThrow(InvalidOptionError);
    },
  );

  it('keeps validators through update, touch and a change of namespace defaults', async () => {
    const { cache } = opened;
    await cache.getOrSet('k', first);
    await cache.touch('k', '1h');
    expect(await cache.getEntry('k')).toMatchObject(validators);
  });
});

describe('conditional refresh over a network', () => {
  it('never renews what was deleted while it was read, however often it is looked up', async () => {
    const clock = fakeClock();
    const store = heldStore();
    const cache = createCache({ clock, store, memory: false, ttl: '10s', staleIfError: '1h' });
    await cache.set('k', 'deleted');
    clock.advance(10_000);
    const releases = [store.hold('get', 'answer')];
    const call = cache.getOrSet('k', ({ stale, notModified }) => (stale === undefined ? 'loaded' : notModified()));
    await settled();
    const touching = cache.touch('k');
    releases.push(store.hold('get', 'answer'));
    releases[0]?.();
    await settled();
    const deleting = cache.delete('k');
    releases[1]?.();
    await Promise.all([call, touching, deleting]);
    expect(await cache.get('k')).not.toBe('deleted');
    await cache.close();
  });
});
