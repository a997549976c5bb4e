import {
  type Cache,
  type CreateCacheOptions,
  createCache,
  type MemoryOptions,
  type Size,
  type Store,
} from '@larder/cache';
import { lmdbStore } from '@larder/cache/lmdb';
import type { Config } from './config.js';
import { abilitiesOf, abilitiesOfMemory, type StoreAbilities } from './store-abilities.js';

export interface Caches {
  /** The service's own records: API keys and secrets. */
  readonly control: Cache;
  /** The parent of every tenant's namespace. */
  readonly tenants: Cache;
  /** What all processes of the service count together. Nothing of it is in memory. */
  readonly shared: Cache;
  readonly abilities: StoreAbilities;
  close(): Promise<void>;
}

type MemoryChoice = Config['memory'];

/** Beside a file, which the system keeps in memory of its own, it need only hold what is asked for often. */
const defaultBeforeFile: Size = '64mb';
const defaultInstead: Size = '256mb';

/** The only place that knows one store from another. */
export async function openCaches({
  store,
  memory,
  payload,
}: Pick<Config, 'store' | 'memory' | 'payload'>): Promise<Caches> {
  switch (store.kind) {
    case 'memory':
      return openMemory(memory, store.bounds);
    case 'lmdb':
      return openLmdb(store.path, memory, payload);
    case 'remote':
      return openRemote(await store.open(), payload);
  }
}

/**
 * Other instances write to it too. None has memory before it, so that what one has answered holds at once for all, and
 * there is nothing to tell by a bus.
 */
function openRemote(store: Store, payload: Config['payload']): Caches {
  const root = createCache({ ...payload, memory: false, store, bus: false, onStoreError: 'throw' });
  return {
    control: root.namespace('control'),
    tenants: root.namespace('tenants'),
    shared: root.namespace('shared'),
    abilities: abilitiesOf(store.capabilities, store.bus !== undefined),
    close: () => root.close(),
  };
}

/** Nobody else writes to the file, so what is in memory is never older. Control records are few, and read from it. */
function openLmdb(path: string, memory: MemoryChoice, payload: Config['payload']): Caches {
  const store = lmdbStore({ path, exclusive: true });
  const common: CreateCacheOptions = { ...payload, store, onStoreError: 'throw' };
  const control = createCache({ ...common, memory: false, namespace: 'control' });
  const shared = createCache({ ...common, memory: false, namespace: 'shared' });
  const tenants = createCache({ ...common, memory: memoryFor(memory, defaultBeforeFile), namespace: 'tenants' });
  return {
    control,
    tenants,
    shared,
    // One process alone needs no bus to hear of itself.
    abilities: abilitiesOf(store.capabilities, true),
    async close() {
      // Each closes the store, so first the one that may still have something to write.
      await tenants.close();
      await shared.close();
      await control.close();
    },
  };
}

/** Caches of their own: however many entries tenants write, they push out no API key. */
function openMemory(memory: MemoryChoice, bounds: MemoryOptions): Caches {
  const control = createCache();
  const shared = createCache();
  const chosen = memoryFor(memory ?? bounds.maxBytes, defaultInstead);
  const tenants = createCache({
    memory: chosen && bounds.maxEntries !== undefined ? { ...chosen, maxEntries: bounds.maxEntries } : chosen,
  });
  return {
    control,
    tenants,
    shared,
    abilities: abilitiesOfMemory,
    async close() {
      await Promise.all([control.close(), shared.close(), tenants.close()]);
    },
  };
}

/** Bodies are never changed, so shared. Bytes alone are the bound: entries count what they take besides their bodies. */
function memoryFor(choice: MemoryChoice, byDefault: Size): MemoryOptions | false {
  if (choice === 'off') return false;
  return { maxBytes: choice ?? byDefault, maxEntries: 2 ** 24, values: 'share' };
}
