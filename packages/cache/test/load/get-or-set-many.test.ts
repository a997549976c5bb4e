import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCache } from '../../src/cache/create-cache.js';
import type { ManyLoader } from '../../src/contracts/load.js';
import { InvalidKeyError, InvalidOptionError } from '../../src/errors.js';
import { fakeClock } from '../../src/testing/fake-clock.js';
import { type OpenCache, settings } from '../cache/settings.js';
import { type Deferred, deferred } from './deferred.js';
import { loadsEnded, settled } from './held-load.js';
import { heldStore } from './held-store.js';

interface HeldBatch {
  readonly loader: ManyLoader<string>;
  readonly asked: (readonly string[])[];
  readonly signals: AbortSignal[];
  readonly begun: Promise<void>;
  readonly gate: Deferred<ReadonlyMap<string, string>>;
}

/** A loader of many keys that answers when the test says so; `answerAll` is what it would answer on its own. */
function heldBatch(): HeldBatch {
  const gate = deferred<ReadonlyMap<string, string>>();
  gate.promise.catch(() => {});
  const begun = deferred<void>();
  const asked: (readonly string[])[] = [];
  const signals: AbortSignal[] = [];
  const loader: ManyLoader<string> = (keys, { signal }) => {
    asked.push([...keys]);
    signals.push(signal);
    begun.resolve();
    return gate.promise;
  };
  return { loader, asked, signals, begun: begun.promise, gate };
}

const each = (keys: readonly string[]) => new Map(keys.map((key) => [key, `value of ${key}`]));

describe.each(settings)('getOrSetMany on $name', ({ open }) => {
  let opened: OpenCache;
  beforeEach(async () => {
    opened = await open({ ttl: '10s', random: () => 0 });
  });
  afterEach(() => opened.close());

  it('loads all that is missing in one call, and answers it with the hits', async () => {
    const { cache } = opened;
    await cache.set('b', 'cached');
    const asked: (readonly string[])[] = [];
    const load: ManyLoader<string> = (keys) => {
      asked.push([...keys]);
      return each(keys);
    };
    const expected = new Map([
      ['a', 'value of a'],
      ['b', 'cached'],
      ['c', 'value of c'],
    ]);
    expect(await cache.getOrSetMany(['a', 'b', 'c'], load)).toEqual(expected);
    expect(asked).toEqual([['a', 'c']]);
    expect(await cache.getOrSetMany(['a', 'b', 'c'], load)).toEqual(expected);
    expect(asked).toHaveLength(1);
    expect(cache.stats()).toMatchObject({ hits: 4, misses: 2, loads: 2 });
  });

  it('calls no loader for no keys, and answers in the order asked for', async () => {
    const { cache } = opened;
    const fail = () => {
      throw new Error('not to be called');
    };
    expect(await cache.getOrSetMany([], fail)).toEqual(new Map());
    expect([...(await cache.getOrSetMany(['z', 'a', 'm'], each)).keys()]).toEqual(['z', 'a', 'm']);
  });

  it('asks for a key once that is named twice', async () => {
    const asked: string[] = [];
    const values = await opened.cache.getOrSetMany(['a', 'b', 'a'], (keys) => {
      asked.push(...keys);
      return each(keys);
    });
    expect(asked).toEqual(['a', 'b']);
    expect(values.size).toBe(2);
  });

  it('tells a missing key from null, and caches the one and not the other', async () => {
    const { cache } = opened;
    const answer = new Map<string, unknown>([
      ['null', null],
      ['undefined', undefined],
      ['zero', 0],
      ['unasked', 1],
    ]);
    const keys = ['null', 'undefined', 'zero', 'absent'];
    expect(await cache.getOrSetMany(keys, () => answer)).toEqual(
      new Map<string, unknown>([
        ['null', null],
        ['zero', 0],
      ]),
    );
    expect(await cache.getMany([...keys, 'unasked'])).toEqual(
      new Map<string, unknown>([
        ['null', null],
        ['zero', 0],
      ]),
    );
  });

  it('waits for what an overlapping call loads already, and loads only the rest', async () => {
    const { cache } = opened;
    const [one, other] = [heldBatch(), heldBatch()];
    const first = cache.getOrSetMany(['a', 'b'], one.loader);
    await one.begun;
    const second = cache.getOrSetMany(['b', 'c'], other.loader);
    await other.begun;
    expect([one.asked, other.asked]).toEqual([[['a', 'b']], [['c']]]);
    other.gate.resolve(each(['c']));
    one.gate.resolve(each(['a', 'b']));
    expect(await first).toEqual(each(['a', 'b']));
    expect(await second).toEqual(each(['b', 'c']));
  });

  it('shares loads with getOrSet, both ways', async () => {
    const { cache } = opened;
    const batch = heldBatch();
    const many = cache.getOrSetMany(['a', 'b'], batch.loader);
    await batch.begun;
    const single = cache.getOrSet('a', () => 'single');
    const gate = deferred<string>();
    const begun = deferred<void>();
    const c = cache.getOrSet('c', () => {
      begun.resolve();
      return gate.promise;
    });
    await begun.promise;
    const joining = cache.getOrSetMany(['c'], () => {
      throw new Error('not to be called');
    });
    await settled();
    batch.gate.resolve(each(['a', 'b']));
    gate.resolve('value of c');
    expect(await single).toBe('value of a');
    expect(await Promise.all([many, c, joining])).toEqual([each(['a', 'b']), 'value of c', each(['c'])]);
  });

  it('rejects those who wait for a key of a batch that fails, and no others', async () => {
    const { cache } = opened;
    const [good, bad] = [heldBatch(), heldBatch()];
    const failing = cache.getOrSetMany(['a', 'b'], bad.loader);
    await bad.begun;
    const overlapping = cache.getOrSetMany(['b', 'c'], good.loader);
    await good.begun;
    const apart = cache.getOrSetMany(['c'], good.loader);
    await settled();
    const outcomes = Promise.allSettled([failing, overlapping, apart]);
    bad.gate.reject(new Error('down'));
    good.gate.resolve(each(['c']));
    expect(await outcomes).toMatchObject([
      { status: 'rejected', reason: { message: 'down' } },
      { status: 'rejected', reason: { message: 'down' } },
      { status: 'fulfilled' },
    ]);
    await loadsEnded(opened, 3);
    expect(await cache.getMany(['a', 'b', 'c'])).toEqual(each(['c']));
    expect(await cache.getOrSetMany(['a', 'b'], each)).toEqual(each(['a', 'b']));
  });

  it.each([
    [
      'throws at once',
      () => {
        throw new RangeError('down');
      },
      RangeError,
    ],
    ['rejects', () => Promise.reject(new RangeError('down')), RangeError],
    ['answers no Map', () => ({ a: 1 }) as unknown as Map<string, string>, InvalidOptionError],
    ['answers nothing', () => undefined as unknown as Map<string, string>, InvalidOptionError],
  ] as const)('rejects where the loader %s', async (_, loader, error) => {
    const { cache } = opened;
    await expect(cache.getOrSetMany(['a', 'b'], loader)).rejects.toThrow(error);
    expect(await cache.getOrSetMany(['a', 'b'], each)).toEqual(each(['a', 'b']));
  });

  it('rejects with undefined where the loader does', async () => {
    await expect(opened.cache.getOrSetMany(['a'], () => Promise.reject(undefined))).rejects.toBeUndefined();
  });

  it('refuses bad keys and loaders before anything is loaded', async () => {
    const { cache } = opened;
    let calls = 0;
    const load: ManyLoader<string> = (keys) => {
      calls++;
      return each(keys);
    };
    await expect(cache.getOrSetMany(['a', ''], load)).rejects.toThrow(InvalidKeyError);
    await expect(cache.getOrSetMany(['a', 5 as unknown as string], load)).rejects.toThrow(InvalidKeyError);
    await expect(cache.getOrSetMany(['a'], 'load' as unknown as ManyLoader<string>)).rejects.toThrow(
      InvalidOptionError,
    );
    expect(calls).toBe(0);
  });

  it('gives each key options of its own over the shared ones', async () => {
    const { cache } = opened;
    await cache.getOrSetMany(['a', 'b'], each, {
      ttl: '1m',
      tags: ['all'],
      entryOptions: (key) => (key === 'a' ? { ttl: '5s', tags: ['a'] } : undefined),
    });
    expect(await cache.ttlSeconds('a')).toBe(5);
    expect(await cache.ttlSeconds('b')).toBe(60);
    expect((await cache.getEntry('a'))?.tags).toEqual(['a']);
    expect((await cache.getEntry('b'))?.tags).toEqual(['all']);
  });

  it('serves stale members at once, and renews them in the very call that loads the missing ones', async () => {
    const { cache, clock } = opened;
    const windows = { staleWhileRevalidate: '1h' } as const;
    await cache.set('a', 'old', windows);
    clock.advance(10_000);
    const batch = heldBatch();
    const call = cache.getOrSetMany(['a', 'b'], batch.loader, windows);
    await batch.begun;
    expect(batch.asked).toEqual([['a', 'b']]);
    batch.gate.resolve(each(['a', 'b']));
    expect(await call).toEqual(
      new Map([
        ['a', 'old'],
        ['b', 'value of b'],
      ]),
    );
    await loadsEnded(opened, 2);
    expect(await cache.getMany(['a', 'b'])).toEqual(each(['a', 'b']));
  });

  it('serves stale members instead of an error, and rejects where a member has nothing to be served', async () => {
    const { cache, clock } = opened;
    const options = { staleIfError: '1h' } as const;
    await cache.setMany(
      [
        ['a', 'old a'],
        ['b', 'old b'],
      ],
      options,
    );
    clock.advance(10_000);
    const fail = () => Promise.reject(new Error('down'));
    expect(await cache.getOrSetMany(['a', 'b'], fail, options)).toEqual(
      new Map([
        ['a', 'old a'],
        ['b', 'old b'],
      ]),
    );
    await expect(cache.getOrSetMany(['a', 'c'], fail, options)).rejects.toThrow('down');
  });

  it('aborts the call when its caller leaves, unless others wait for one of its keys', async () => {
    const { cache } = opened;
    const left = new Error('left');
    for (const othersWait of [false, true]) {
      await cache.clear();
      const batch = heldBatch();
      const controller = new AbortController();
      const call = cache.getOrSetMany(['a', 'b'], batch.loader, { signal: controller.signal });
      const outcome = expect(call).rejects.toBe(left);
      await batch.begun;
      const other = othersWait ? cache.getOrSet('a', () => 'own') : undefined;
      await settled();
      controller.abort(left);
      await outcome;
      expect(batch.signals[0]?.aborted).toBe(!othersWait);
      batch.gate.resolve(each(['a', 'b']));
      if (other !== undefined) expect(await other).toBe('value of a');
      await settled(10);
      expect(await cache.get('b')).toBeUndefined();
    }
  });

  it('never begins where the signal has aborted already', async () => {
    const batch = heldBatch();
    const signal = AbortSignal.abort(new Error('left'));
    await expect(opened.cache.getOrSetMany(['a'], batch.loader, { signal })).rejects.toThrow('left');
    expect(batch.asked).toEqual([]);
  });

  it('gives up at the hard timeout', async () => {
    const { cache, clock } = opened;
    const batch = heldBatch();
    const call = cache.getOrSetMany(['a', 'b'], batch.loader, { loaderTimeout: { hard: '1s' } });
    const outcome = expect(call).rejects.toMatchObject({ code: 'LARDER_LOADER_TIMEOUT' });
    await batch.begun;
    clock.advance(1_000);
    await outcome;
    expect(batch.signals[0]?.aborted).toBe(true);
    batch.gate.resolve(each(['a', 'b']));
    await settled(10);
    expect(await cache.getMany(['a', 'b'])).toEqual(new Map());
  });

  it('does not store the member that was deleted during the load, and stores the others', async () => {
    const { cache } = opened;
    const batch = heldBatch();
    const call = cache.getOrSetMany(['a', 'b'], batch.loader);
    await batch.begun;
    await cache.delete('a');
    batch.gate.resolve(each(['a', 'b']));
    expect(await call).toEqual(each(['a', 'b']));
    expect(await cache.getMany(['a', 'b'])).toEqual(each(['b']));
  });

  it('takes thousands of keys', async () => {
    const keys = Array.from({ length: 2_500 }, (_, at) => `key${at}`);
    let calls = 0;
    const load: ManyLoader<string> = (missing) => {
      calls++;
      return each(missing);
    };
    expect((await opened.cache.getOrSetMany(keys, load)).size).toBe(2_500);
    expect(calls).toBe(1);
  });
});

describe('getOrSetMany over a network', () => {
  it('reads the store once for all keys', async () => {
    const store = heldStore();
    const cache = createCache({ clock: fakeClock(), store });
    await cache.getOrSetMany(['a', 'b', 'c'], each);
    expect(store.calls.filter((method) => method === 'get')).toHaveLength(1);
    await cache.close();
  });

  it('looks again for a member that was written while the store was asked', async () => {
    const store = heldStore();
    const cache = createCache({ clock: fakeClock(), store, memory: false });
    const release = store.hold('get', 'answer');
    const asked: string[] = [];
    const call = cache.getOrSetMany(['a', 'b'], (keys) => {
      asked.push(...keys);
      return each(keys);
    });
    await settled();
    await cache.set('a', 'written');
    release();
    expect(await call).toEqual(
      new Map([
        ['a', 'written'],
        ['b', 'value of b'],
      ]),
    );
    expect(asked).toEqual(['b']);
    await cache.close();
  });
});
