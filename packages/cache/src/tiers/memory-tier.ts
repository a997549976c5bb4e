import type { Entry, Version } from '../contracts/entry.js';
import type { EntryWrite } from '../contracts/tier.js';
import type { Millis } from '../contracts/time.js';
import type { MemoryTable } from '../memory/memory-table.js';
import { makeEntry } from './make-entry.js';

/** What the tiers ask of memory, for one namespace. {@link noMemory} is its null object. */
export interface MemoryTier {
  /** False only for {@link noMemory}: nothing that is put there can be found again. */
  readonly holds: boolean;
  getFresh(key: string): unknown;
  /** Not expired by `now`, which is read from the clock if it is not given. */
  get(key: string, now?: Millis): Entry | undefined;
  /** Answers whether there was a live entry. */
  put(key: string, write: EntryWrite, now: Millis): boolean;
  touch(key: string, freshUntil: Millis, staleUntil: Millis, refreshAt: Millis): void;
  delete(key: string, now: Millis): boolean;
  clear(): void;
  keysByTerm(name: string, value: string, now: Millis): readonly string[];
  keysFrom(
    from: number,
    limit: number,
    prefix: string,
    now: Millis,
    held: boolean,
  ): { keys: string[]; next: number | undefined };
}

/** Entries of one namespace in the memory store. */
export function memoryTier(table: MemoryTable, versionOf: (createdAt: Millis) => Version): MemoryTier {
  return {
    holds: true,
    getFresh: (key) => table.getFresh(key),
    get(key, now) {
      const row = table.row(key, now);
      if (row === undefined) return undefined;
      return makeEntry(row.value, row.version ?? table.keepVersion(row.slot, versionOf(row.createdAt)), row);
    },
    put: (key, write, now) => table.put(key, write, now),
    touch: (key, freshUntil, staleUntil, refreshAt) => table.touch(key, freshUntil, staleUntil, refreshAt),
    delete: (key, now) => table.delete(key, now),
    clear: () => table.clear(),
    keysByTerm: (name, value, now) => table.keysByTerm(name, value, now),
    keysFrom: (from, limit, prefix, now, held) => table.keysFrom(from, limit, prefix, now, held),
  };
}

/** For a cache without a memory tier. */
export const noMemory: MemoryTier = Object.freeze({
  holds: false,
  getFresh: () => undefined,
  get: () => undefined,
  put: () => false,
  touch: () => {},
  delete: () => false,
  clear: () => {},
  keysByTerm: () => [],
  keysFrom: () => ({ keys: [], next: undefined }),
});
