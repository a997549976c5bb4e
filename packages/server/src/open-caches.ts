import {
  type Cache,
  type CreateCacheOptions,
  createCache,
  type MemoryOptions,
  type Size,
  type Store,
} from '@larder/cache';
import { lmdbStore } from '@larder/cache/lmdb';
import type { Config, StoreChoice } from './config.js';
import { openControlStore, unopenedControlStore } from './control-store.js';
import type { Logger } from './logger.js';
import { abilitiesOf, abilitiesOfMemory, type StoreAbilities } from './store-abilities.js';

export interface Caches {
  /** The service's own records: tenants, API keys and secrets. Nothing of them is in memory before a store. */
  readonly control: Cache;
  /** The parent of every tenant's namespace. */
  readonly tenants: Cache;
  /** The same entries as the store has them at this moment. Only to be read. */
  readonly current: Cache;
  /** Entries are in memory too, or alone. */
  readonly hasMemory: boolean;
  /** Of every tenant's entry whose life ends, `expire` is told in one process. */
  readonly tellsExpiry: boolean;
  /** What all processes of the service count together. Nothing of it is in memory before a store. */
  readonly shared: Cache;
  /** Reaches the other processes of the service; `undefined` where there are none, or no way to them. */
  readonly channel: Pick<Cache, 'publish' | 'subscribe'> | undefined;
  readonly abilities: StoreAbilities;
  close(): Promise<void>;
}

type CachesConfig = Pick<Config, 'store' | 'controlStore' | 'workers' | 'memory' | 'payload'>;

/** Before a store, it need only hold what is asked for often. */
const defaultBeforeStore: Size = '64mb';
const defaultInstead: Size = '256mb';

/** The only place that knows one store from another. */
export async function openCaches(config: CachesConfig, logger: Logger): Promise<Caches> {
  const open = (choice: StoreChoice) => openStore(choice, config.workers);
  const entries = await open(config.store);
  try {
    const control = await openControlStore({ config, entries, open, logger });
    const caches = composeCaches(config, entries, control);
    // Opened now, so that what fails is told by its name.
    if (control !== entries) await caches.control.has('readiness').catch((error) => failToOpen(caches, error));
    return caches;
  } catch (error) {
    await entries?.close();
    throw error;
  }
}

async function failToOpen(caches: Caches, error: unknown): Promise<never> {
  await caches.close();
  throw unopenedControlStore(error);
}

/** `undefined`: in memory. A file that one process alone has open can have memory before it without being told of writes. */
async function openStore(choice: StoreChoice, workers: number): Promise<Store | undefined> {
  switch (choice.kind) {
    case 'memory':
      return undefined;
    case 'lmdb':
      return lmdbStore({ path: choice.path, exclusive: workers === 1 });
    case 'remote':
      return choice.open();
  }
}

/** Of records that are nowhere else: bytes alone are their bound. */
const forRecords: MemoryOptions = { maxBytes: '256mb', maxEntries: 2 ** 24 };

/**
 * Entries that may be in memory are in a cache of their own, so that they push no record out. Only one of the caches has
 * the bus of its store: each bus has a heartbeat, which costs a write.
 */
function composeCaches(config: CachesConfig, entries: Store | undefined, control: Store | undefined): Caches {
  const { payload } = config;
  const memory = memoryBefore(entries, config);
  const forEntries = entries && closedByTheLast(entries, 2);
  const notesEnds = entries?.capabilities.tellsExpiry === true;
  const ends = notesEnds ? { expiryEvents: true } : {};
  const tenants = createCache({ ...on(forEntries, payload), ...ends, memory, namespace: 'tenants' });
  const direct = createCache({
    ...on(forEntries, payload),
    ...(entries ? { memory: false, bus: false } : { memory: forRecords }),
  });
  const isBusOfControl = entries?.bus === undefined && control?.bus !== undefined;
  const records =
    control !== undefined && control === entries
      ? direct
      : createCache({
          ...on(control, payload),
          ...(control ? { memory: false, ...(isBusOfControl ? {} : { bus: false }) } : { memory: forRecords }),
        });
  const controlCache = records.namespace('control');

  let closing: Promise<void> | undefined;
  async function close(): Promise<void> {
    // First the one that may still have something to tell.
    await tenants.close();
    await direct.close();
    if (records !== direct) await records.close();
  }
  return {
    control: controlCache,
    tenants,
    current: memory !== false && entries?.capabilities.shared === true ? direct.namespace('tenants') : tenants,
    hasMemory: memory !== false,
    tellsExpiry: entries === undefined || notesEnds,
    shared: direct.namespace('shared'),
    abilities: entries === undefined ? abilitiesOfMemory : abilitiesOf(entries.capabilities, hearsAll(entries)),
    channel: entries?.bus !== undefined ? tenants : isBusOfControl ? controlCache : undefined,
    close() {
      closing ??= close();
      return closing;
    },
  };
}

/** What one process does is heard of by all, or nobody else is there. */
function hearsAll({ capabilities, bus }: Store): boolean {
  return !capabilities.shared || bus !== undefined;
}

function on(store: Store | undefined, payload: Config['payload']): CreateCacheOptions {
  return store === undefined ? {} : { ...payload, store, onStoreError: 'throw' };
}

/** Caches close their store, and the others may still use it. */
function closedByTheLast(store: Store, caches: number): Store {
  let open = caches;
  return {
    ...store,
    async close() {
      open--;
      if (open === 0) await store.close();
    },
  };
}

/**
 * Memory never holds for long what is old: nobody else writes to the store, or whoever does tells of it by the bus. Bodies
 * are never changed, so shared. Bytes alone are the bound: entries count what they take besides their bodies.
 */
function memoryBefore(entries: Store | undefined, { store, memory }: CachesConfig): MemoryOptions | false {
  const values = 'share';
  if (store.kind === 'memory') {
    const { maxBytes = defaultInstead, maxEntries = 2 ** 24 } = store.bounds;
    return { maxBytes: memory === undefined || memory === 'off' ? maxBytes : memory, maxEntries, values };
  }
  if (memory === 'off' || entries === undefined || !hearsAll(entries)) return false;
  return { maxBytes: memory ?? defaultBeforeStore, maxEntries: 2 ** 24, values };
}
