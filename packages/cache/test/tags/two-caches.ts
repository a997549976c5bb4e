import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCache } from '../../src/cache/create-cache.js';
import type { Cache } from '../../src/contracts/cache.js';
import type { Store } from '../../src/contracts/store.js';
import type { CreateCacheOptions } from '../../src/options/cache-options.js';
import { lmdbStore } from '../../src/stores/lmdb/index.js';
import { type FakeClock, fakeClock } from '../../src/testing/fake-clock.js';
import { memoryMapStore } from '../../src/testing/memory-map-store.js';

export interface TwoCaches {
  readonly one: Cache;
  readonly other: Cache;
  readonly clock: FakeClock;
  readonly store: Store;
  /** One more cache on the same store, which knows nothing yet. */
  newcomer(options?: CreateCacheOptions): Cache;
  close(): Promise<void>;
}

export interface PairSetting {
  readonly name: string;
  readonly hasMemory: boolean;
  readonly open: (options?: CreateCacheOptions) => Promise<TwoCaches>;
}

/** A store that outlives the caches on it. */
function shared(store: Store): Store {
  const getNow = store.getNow?.bind(store);
  return {
    name: store.name,
    capabilities: store.capabilities,
    get: (keys, call) => store.get(keys, call),
    ...(getNow === undefined ? {} : { getNow }),
    set: (writes, call) => store.set(writes, call),
    delete: (keys, call) => store.delete(keys, call),
    modify: (key, change, call) => store.modify(key, change, call),
    scan: (prefix, page, call) => store.scan(prefix, page, call),
    byIndex: (term, page, call) => store.byIndex(term, page, call),
    prune: (limit, call) => store.prune(limit, call),
    async close() {},
  };
}

export function openTwo(store: Store, options: CreateCacheOptions = {}): TwoCaches {
  const clock = fakeClock();
  const opened: Cache[] = [];
  const newcomer = (own: CreateCacheOptions = {}): Cache => {
    const cache = createCache({ clock, store: shared(store), ...options, ...own });
    opened.push(cache);
    return cache;
  };
  return {
    one: newcomer(),
    other: newcomer(),
    clock,
    store,
    newcomer,
    async close() {
      await Promise.all(opened.map((cache) => cache.close()));
      await store.close();
    },
  };
}

async function onLmdb(options: CreateCacheOptions): Promise<TwoCaches> {
  const path = await mkdtemp(join(tmpdir(), 'larder-'));
  const two = openTwo(lmdbStore({ path }), options);
  return {
    ...two,
    async close() {
      await two.close();
      await rm(path, { recursive: true });
    },
  };
}

/** Two processes, as it were, on one store. */
export const pairs: readonly PairSetting[] = [
  {
    name: 'a map',
    hasMemory: false,
    open: async (options) => openTwo(memoryMapStore(), { memory: false, ...options }),
  },
  { name: 'memory before a map', hasMemory: true, open: async (options) => openTwo(memoryMapStore(), options) },
  { name: 'LMDB', hasMemory: false, open: (options) => onLmdb({ memory: false, ...options }) },
  { name: 'memory before LMDB', hasMemory: true, open: (options) => onLmdb({ ...options }) },
];
