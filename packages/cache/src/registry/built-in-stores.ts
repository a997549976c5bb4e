import type { Store } from '../contracts/store.js';
import { lmdbOptions } from './addresses/lmdb.js';
import { memoryOptions } from './addresses/memory.js';
import type { StoreScheme } from './store-registry.js';

/** The schemes that need no registering. A store's folder, and with it its client, is imported when it is opened. */
export const builtInStores = Object.freeze({
  memory: (address) => ({ memory: memoryOptions(address) }),
  lmdb: scheme(lmdbOptions, async (options) => (await import('../stores/lmdb/index.js')).lmdbStore(options)),
} satisfies Record<string, StoreScheme>);

/** An address is read at once, so that what is wrong with it is told before anything is opened. */
function scheme<Options>(read: (address: string) => Options, open: (options: Options) => Promise<Store>): StoreScheme {
  return (address) => {
    const options = read(address);
    return { open: () => open(options) };
  };
}
