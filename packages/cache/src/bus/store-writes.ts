import type { PhysicalKey } from '../contracts/bus.js';

export interface StoreWrites {
  /** The keys that were written, by their namespaces. */
  readonly changed: ReadonlyMap<string, readonly string[]>;
  readonly hasRecords: boolean;
}

/** What the store's own news of written keys says; keys of others are left out. */
export function storeWritesOf(
  physicalKeys: readonly string[],
  split: (physicalKey: string) => PhysicalKey | undefined,
): StoreWrites {
  const changed = new Map<string, string[]>();
  let hasRecords = false;
  for (const physicalKey of physicalKeys) {
    const parts = split(physicalKey);
    if (parts === undefined) continue;
    if (parts.isRecord) {
      hasRecords = true;
      continue;
    }
    const keys = changed.get(parts.prefix);
    if (keys === undefined) changed.set(parts.prefix, [parts.key]);
    else keys.push(parts.key);
  }
  return { changed, hasRecords };
}
