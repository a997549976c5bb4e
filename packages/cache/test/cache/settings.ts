import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { createCache } from '../../src/cache/create-cache.js';
import type { Cache } from '../../src/contracts/cache.js';
import type { CreateCacheOptions } from '../../src/options/cache-options.js';
import { lmdbStore } from '../../src/stores/lmdb/index.js';
import { redisStore } from '../../src/stores/redis/index.js';
import { type FakeClock, fakeClock } from '../../src/testing/fake-clock.js';
import { memoryMapStore } from '../../src/testing/memory-map-store.js';
import { ifRedis, redisIsMissing } from '../servers/redis.js';
import { newPrefix, sharedRedis } from '../servers/shared-redis.js';
import { skewedClock } from '../tiers/skewed-clock.js';

export interface Setting {
  readonly name: string;
  /** Why it cannot be opened on this machine. */
  readonly missing?: string | undefined;
  /** How many runs of a property it has time for. */
  readonly runs?: number;
  /** True unless told otherwise. */
  readonly canList?: boolean;
  readonly open: (options?: CreateCacheOptions) => Promise<OpenCache>;
}

export interface OpenCache {
  readonly cache: Cache;
  readonly clock: FakeClock;
  close(): Promise<void>;
}

async function withLmdb(memory: CreateCacheOptions['memory'], options: CreateCacheOptions = {}): Promise<OpenCache> {
  const path = await mkdtemp(join(tmpdir(), 'larder-'));
  const clock = fakeClock();
  const cache = createCache({
    clock,
    store: lmdbStore({ path }),
    ...(memory === undefined ? {} : { memory }),
    ...options,
  });
  return {
    cache,
    clock,
    async close() {
      await cache.close();
      await rm(path, { recursive: true });
    },
  };
}

async function withRedis(memory: CreateCacheOptions['memory'], options: CreateCacheOptions = {}): Promise<OpenCache> {
  const { url } = await sharedRedis();
  // Redis drops entries by its own clock, which this one must not be far behind.
  const clock = fakeClock(Date.now());
  const store = redisStore({ url, prefix: newPrefix() });
  const cache = createCache({ clock, store, ...(memory === undefined ? {} : { memory }), ...options });
  return { cache, clock, close: () => cache.close() };
}

const onRedis: readonly Setting[] = [
  { name: 'Redis alone', runs: 60, open: (options) => withRedis(false, options) },
  { name: 'memory before Redis', runs: 60, open: (options) => withRedis(undefined, options) },
];
if (redisIsMissing !== undefined) describe.skip(`on Redis${ifRedis}`, () => it('is like on every other tier'));

/** The tiers that every promise of the Cache type is tested on. */
export const settings: readonly Setting[] = [
  {
    name: 'memory alone',
    async open(options = {}) {
      const clock = fakeClock();
      const cache = createCache({ clock, ...options });
      return { cache, clock, close: () => cache.close() };
    },
  },
  { name: 'LMDB alone', open: (options) => withLmdb(false, options) },
  { name: 'memory before LMDB', open: (options) => withLmdb(undefined, options) },
];

const withWrongClock: Setting = {
  name: 'memory before a map that knows the time, on a clock seven minutes ahead',
  async open(options = {}) {
    const clock = fakeClock();
    const store = memoryMapStore({ clock });
    const cache = createCache({ clock: skewedClock(clock, 7 * 60_000), storeTime: true, store, ...options });
    return { cache, clock, close: () => cache.close() };
  },
};

/** The same and stores that do not answer at once, for tests that do not count on an answer within the tick. */
export const settingsWithRedis: readonly Setting[] = [
  ...settings,
  withWrongClock,
  ...(redisIsMissing === undefined ? onRedis : []),
];
