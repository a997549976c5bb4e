import { describe, expect, it } from 'vitest';
import { createCache } from '../../src/cache/create-cache.js';
import { InvalidOptionError } from '../../src/errors.js';

const lifeIn = async (cache: ReturnType<typeof createCache>) => {
  await cache.set('k', 1);
  return cache.ttlSeconds('k');
};

describe('the option namespaces', () => {
  const cache = createCache({ ttl: '10m', staleIfError: '1h', namespaces: { session: { ttl: '1d' } } });

  it('gives a namespace its defaults by its name', async () => {
    expect(await lifeIn(cache.namespace('session'))).toBe(86_400);
    expect(await lifeIn(cache.namespace('other'))).toBe(600);
  });

  it('leaves the rest as the cache does it', async () => {
    const session = cache.namespace('session', { ttl: '1ms' });
    await session.set('k', 'stale');
    const fails = () => Promise.reject(new Error('source is down'));
    await expect.poll(() => session.get('k')).toBeUndefined();
    expect(await session.getOrSet('k', fails)).toBe('stale');
  });

  it('goes behind what namespace() is given', async () => {
    expect(await lifeIn(cache.namespace('session', { ttl: '2h' }))).toBe(7_200);
  });

  it('goes no further down than the children', async () => {
    expect(await lifeIn(cache.namespace('session').namespace('eu'))).toBe(86_400);
    expect(await lifeIn(cache.namespace('other').namespace('session'))).toBe(600);
  });

  it('takes any name', async () => {
    const named = createCache({ namespaces: JSON.parse('{"__proto__": {"ttl": "1h"}}') });
    expect(await lifeIn(named.namespace('__proto__'))).toBe(3_600);
    expect(await lifeIn(named.namespace('constructor'))).toBe(300);
  });

  it.each([
    [{ session: { tll: '1d' } }, /namespaces\['session'\] has no option 'tll'/],
    [{ session: { ttl: 5 } }, /ttl is the bare number 5/],
    [{ session: '1d' }, /namespaces\['session'\] takes an object/],
    [[], /namespaces is not an object/],
    [null, /namespaces is not an object/],
  ])('refuses %j', (namespaces, message) => {
    const make = () => createCache({ namespaces: namespaces as never });
    expect(make).toThrow(InvalidOptionError);
    expect(make).toThrow(message);
  });
});
