import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCache } from '../../src/cache/create-cache.js';
import type { Cache } from '../../src/contracts/cache.js';
import type { CreateCacheOptions } from '../../src/options/cache-options.js';
import { lmdbStore } from '../../src/stores/lmdb/index.js';
import { type FakeClock, fakeClock } from '../../src/testing/fake-clock.js';

export interface Setting {
  readonly name: string;
  /** Why it cannot be opened on this machine. */
  readonly missing?: string | undefined;
  /** How many runs of a property it has time for. */
  readonly runs?: number;
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
