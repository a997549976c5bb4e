import { type Cache, createCache } from '@larder/cache';
import { lmdbStore } from '@larder/cache/lmdb';
import type { StoreChoice } from './config.js';

export interface Caches {
  /** The service's own records: API keys and secrets. */
  readonly control: Cache;
  /** The parent of every tenant's namespace. */
  readonly tenants: Cache;
  close(): Promise<void>;
}

/** The only place that knows one store from another. */
export function openCaches(store: StoreChoice): Caches {
  return store.kind === 'memory' ? openMemory() : openLmdb(store.path);
}

/** LMDB reads cost little and are always current, so there is no memory tier whose copies could be old. */
function openLmdb(path: string): Caches {
  const root = createCache({ memory: false, store: lmdbStore({ path }), onStoreError: 'throw' });
  return { control: root.namespace('control'), tenants: root.namespace('tenants'), close: () => root.close() };
}

/** Two caches: however many entries tenants write, they push out no API key. Bodies are never changed, so shared. */
function openMemory(): Caches {
  const control = createCache();
  const tenants = createCache({ memory: { values: 'share' } });
  return {
    control,
    tenants,
    async close() {
      await Promise.all([control.close(), tenants.close()]);
    },
  };
}
