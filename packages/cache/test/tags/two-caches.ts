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
import { skewedClock } from '../tiers/skewed-clock.js';

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
  /** After how many milliseconds it is sure which of two processes came first. */
  readonly sureAfter: number;
  readonly open: (options?: CreateCacheOptions) => Promise<TwoCaches>;
}

/** A store that outlives the caches on it. */
function shared(store: Store): Store {
  const getNow = store.getNow?.bind(store);
  const time = store.time?.bind(store);
  return {
    name: store.name,
    capabilities: store.capabilities,
    get: (keys, call) => store.get(keys, call),
    ...(getNow === undefined ? {} : { getNow }),
    ...(time === undefined ? {} : { time }),
    set: (writes, call) => store.set(writes, call),
    delete: (keys, call) => store.delete(keys, call),
    modify: (key, change, call) => store.modify(key, change, call),
    scan: (prefix, page, call) => store.scan(prefix, page, call),
    byIndex: (term, page, call) => store.byIndex(term, page, call),
    prune: (limit, call) => store.prune(limit, call),
    async close() {},
  };
}

/** The clock of a process, from the right one. */
type ClockOf = (clock: FakeClock) => Pick<CreateCacheOptions, 'clock' | 'storeTime'>;

export function openTwo(
  store: Store,
  options: CreateCacheOptions = {},
  clock = fakeClock(),
  clockOf: ClockOf = () => ({ clock }),
): TwoCaches {
  const opened: Cache[] = [];
  const newcomer = (own: CreateCacheOptions = {}): Cache => {
    const cache = createCache({ ...clockOf(clock), store: shared(store), ...options, ...own });
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

/** The first is seven minutes behind, the second as much ahead, and so on; the store knows what time it is. */
function openSkewed(options: CreateCacheOptions): TwoCaches {
  const truth = fakeClock();
  let by = -7 * 60_000;
  return openTwo(memoryMapStore({ clock: truth }), options, truth, () => {
    const clock = skewedClock(truth, by);
    by = -by;
    return { clock, storeTime: true };
  });
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
    sureAfter: 1,
    open: async (options) => openTwo(memoryMapStore(), { memory: false, ...options }),
  },
  {
    name: 'memory before a map',
    hasMemory: true,
    sureAfter: 1,
    open: async (options) => openTwo(memoryMapStore(), options),
  },
  {
    name: 'a map, with clocks 14 minutes apart',
    hasMemory: false,
    sureAfter: 3,
    open: async (options) => openSkewed({ memory: false, ...options }),
  },
  {
    name: 'memory before a map, with clocks 14 minutes apart',
    hasMemory: true,
    sureAfter: 3,
    open: async (options) => openSkewed({ ...options }),
  },
  { name: 'LMDB', hasMemory: false, sureAfter: 1, open: (options) => onLmdb({ memory: false, ...options }) },
  { name: 'memory before LMDB', hasMemory: true, sureAfter: 1, open: (options) => onLmdb({ ...options }) },
];
