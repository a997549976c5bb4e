import type { MemoryControl } from '../contracts/cache.js';
import type { MemoryStore } from '../memory/memory-store.js';
import { resolveMemoryBounds } from '../options/cache-options.js';

/** The user's handle on the memory store. */
export function memoryControl(store: MemoryStore, policy: string): MemoryControl {
  const control: MemoryControl = {
    inspect: () =>
      Object.freeze({
        policy,
        entries: store.entries,
        bytes: store.bytes,
        ...store.bounds,
        queues: queueSizes(store),
        evictions: Object.freeze({ ...store.evictions }),
        expirations: store.expirations,
      }),
    resize: (bounds) => store.resize(resolveMemoryBounds(bounds, store.bounds)),
  };
  return Object.freeze(control);
}

function queueSizes({ policy }: MemoryStore): Readonly<Record<string, number>> {
  return Object.freeze(Object.fromEntries(Object.entries(policy.queues).map(([name, { size }]) => [name, size])));
}
