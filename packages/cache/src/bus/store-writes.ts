import type { BusDoubt, PhysicalKey } from '../contracts/bus.js';
import type { Members } from './members.js';

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

export interface StoreWritesHearing {
  readonly splitKey: (physicalKey: string) => PhysicalKey | undefined;
  readonly onDoubt: (why: BusDoubt) => void;
}

/**
 * Passes on that somebody wrote these keys. It may be this process that wrote, and what it wrote the record of a lease: a
 * load goes on, and is stored only if nobody else wrote.
 */
export function hearStoreWrites(
  physicalKeys: readonly string[],
  { splitKey, onDoubt }: StoreWritesHearing,
  members: Members,
): void {
  const { changed, hasRecords } = storeWritesOf(physicalKeys, splitKey);
  if (hasRecords) onDoubt('records-written');
  for (const [namespace, names] of changed) members.tell({ kind: 'filled', namespace, names }, 0);
}
