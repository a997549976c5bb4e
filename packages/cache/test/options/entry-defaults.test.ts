import { describe, expect, it } from 'vitest';
import { createCache } from '../../src/cache/create-cache.js';
import type { EntryDefaults, GetOrSetOptions } from '../../src/contracts/cache.js';
import { InvalidOptionError } from '../../src/errors.js';
import { resolveDefaults } from '../../src/options/entry-defaults.js';

const never = Number.POSITIVE_INFINITY;

/** Every default that is refused, and what the message says of it. */
const refused: readonly [options: unknown, message: string | RegExp][] = [
  [{ ttl: 5 }, "ttl is the bare number 5, which does not say its unit: write '5ms' or '5s'."],
  [{ ttl: '0s' }, "ttl is '0s': it must be at least '1ms'; for no end write 'never'."],
  [{ ttl: null }, /^ttl is null, which is no duration: write '250ms'/],
  [{ ttl: 'soon' }, /^ttl is 'soon', which is no duration/],
  [{ staleWhileRevalidate: 5 }, /^staleWhileRevalidate is the bare number 5/],
  [{ staleWhileRevalidate: '-1s' }, /^staleWhileRevalidate is '-1s', which is no duration/],
  [{ staleWhileRevalidate: '0' }, /^staleWhileRevalidate is '0', which is no duration/],
  [{ staleIfError: 0 }, /^staleIfError is the bare number 0/],
  [{ staleIfError: true }, /^staleIfError is boolean, which is no duration/],
  [{ jitter: 1 }, /^jitter is the bare number 1/],
  [{ jitter: 'never' }, "jitter is 'never', which is no length to draw from: write '30s', for example."],
  [{ refreshAhead: 0 }, "refreshAhead is 0: write a fraction of the life between 0 and 1, such as 0.8, or 'auto'."],
  [{ refreshAhead: 1 }, /^refreshAhead is 1: write a fraction/],
  [{ refreshAhead: -0.1 }, /^refreshAhead is -0.1: write a fraction/],
  [{ refreshAhead: Number.NaN }, /^refreshAhead is NaN: write a fraction/],
  [{ refreshAhead: '0.8' }, /^refreshAhead is 0.8: write a fraction/],
  [{ refreshAhead: true }, /^refreshAhead is true: write a fraction/],
  [{ refreshAhead: null }, /^refreshAhead is null: write a fraction/],
  [{ loaderTimeout: '5s' }, 'loaderTimeout takes an object of options: soft, hard.'],
  [{ loaderTimeout: null }, 'loaderTimeout takes an object of options: soft, hard.'],
  [{ loaderTimeout: [] }, 'loaderTimeout takes an object of options: soft, hard.'],
  [{ loaderTimeout: { medium: '1s' } }, "loaderTimeout has no option 'medium': it has soft, hard."],
  [{ loaderTimeout: { soft: 100 } }, /^loaderTimeout.soft is the bare number 100/],
  [{ loaderTimeout: { soft: '0ms' } }, /^loaderTimeout.soft is '0ms': it must be at least '1ms'/],
  [{ loaderTimeout: { hard: 'later' } }, /^loaderTimeout.hard is 'later', which is no duration/],
  [
    { loaderTimeout: { soft: '2s', hard: '1s' } },
    'loaderTimeout.soft is not shorter than loaderTimeout.hard (1000 ms): it would never have an effect.',
  ],
  [{ loaderTimeout: { soft: '1s', hard: '1s' } }, /^loaderTimeout.soft is not shorter/],
];

describe('defaults of entries', () => {
  it.each(refused)('refuses %j', (options, message) => {
    const create = () => createCache(options as EntryDefaults);
    expect(create).toThrow(InvalidOptionError);
    expect(create).toThrow(message);
  });

  it.each(refused)('refuses %j of a namespace and of a call as well', async (options, message) => {
    const cache = createCache();
    expect(() => cache.namespace('n', options as EntryDefaults)).toThrow(message);
    let loads = 0;
    const load = () => ++loads;
    await expect(cache.getOrSet('k', load, options as GetOrSetOptions)).rejects.toThrow(message);
    await expect(cache.getOrSetMany(['k'], () => new Map([['k', load()]]), options as GetOrSetOptions)).rejects.toThrow(
      message,
    );
    expect(loads).toBe(0);
    await cache.close();
  });

  it('are five minutes, no windows, no timeouts, no early refresh', () => {
    expect(resolveDefaults({})).toEqual({
      lifespan: { ttl: 300_000, staleWhileRevalidate: 0, staleIfError: 0, jitter: 0 },
      manner: { softTimeout: never, hardTimeout: never, refreshAhead: undefined },
    });
  });

  it('take what is given, and the rest from the parent', () => {
    const parent = resolveDefaults({
      ttl: '1m',
      staleIfError: '1h',
      refreshAhead: 0.5,
      loaderTimeout: { soft: '1s', hard: '5s' },
    });
    const child = resolveDefaults({ staleWhileRevalidate: '2s', loaderTimeout: { hard: '3s' } }, parent);
    expect(child).toEqual({
      lifespan: { ttl: 60_000, staleWhileRevalidate: 2_000, staleIfError: 3_600_000, jitter: 0 },
      manner: { softTimeout: 1_000, hardTimeout: 3_000, refreshAhead: 0.5 },
    });
  });

  it("can turn off what the parent does: '0s', 'never', false", () => {
    const parent = resolveDefaults({
      ttl: '1m',
      staleWhileRevalidate: '1m',
      staleIfError: '1m',
      jitter: '1m',
      refreshAhead: 'auto',
      loaderTimeout: { soft: '1s', hard: '5s' },
    });
    const child = resolveDefaults(
      {
        ttl: 'never',
        staleWhileRevalidate: '0s',
        staleIfError: '0ms',
        jitter: '0.0s',
        refreshAhead: false,
        loaderTimeout: { soft: 'never', hard: 'never' },
      },
      parent,
    );
    expect(child).toEqual({
      lifespan: { ttl: never, staleWhileRevalidate: 0, staleIfError: 0, jitter: 0 },
      manner: { softTimeout: never, hardTimeout: never, refreshAhead: undefined },
    });
  });

  it('are frozen, and the object that was given stays as it was', () => {
    const given = { ttl: '1m' as const, loaderTimeout: { soft: '1s' as const } };
    const resolved = resolveDefaults(given);
    expect(Object.isFrozen(resolved) && Object.isFrozen(resolved.lifespan) && Object.isFrozen(resolved.manner)).toBe(
      true,
    );
    expect(given).toEqual({ ttl: '1m', loaderTimeout: { soft: '1s' } });
  });

  it('refuses a signal that is none', async () => {
    const cache = createCache();
    const options = { signal: {} } as unknown as GetOrSetOptions;
    await expect(cache.getOrSet('k', () => 1, options)).rejects.toThrow(
      'signal is no AbortSignal: write signal: controller.signal.',
    );
    await cache.close();
  });
});
