import type { Store } from '../../src/contracts/store.js';
import { memoryMapStore } from '../../src/testing/memory-map-store.js';

/** A store that several caches use as processes on a network would: none closes it for the others. */
export function sharedMapStore(): Store {
  const store = memoryMapStore();
  const capabilities = { ...store.capabilities, shared: true, synchronousReads: false };
  return { ...store, capabilities, close: async () => {} };
}
