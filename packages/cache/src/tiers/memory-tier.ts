import type { Entry, Version } from '../contracts/entry.js';
import type { EntryWrite } from '../contracts/tier.js';
import type { Millis } from '../contracts/time.js';
import type { MemoryRow, MemoryTable } from '../memory/memory-table.js';
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
  /** An entry that must be looked up in the store before it is used: for when the store does not answer. */
  doubtful(key: string): Entry | undefined;
  /** Makes an entry doubtful until it is written anew. */
  doubt(key: string): void;
  dropDoubtful(key: string): void;
  touch(key: string, freshUntil: Millis, staleUntil: Millis, refreshAt: Millis): void;
  delete(key: string, now: Millis): boolean;
  clear(): void;
  keysByTerm(name: string, value: string, now: Millis): readonly string[];
  keysFrom(
    from: number,
    atMost: { readonly slots: number; readonly limit: number },
    prefix: string,
    now: Millis,
    held: boolean,
  ): { keys: string[]; next: number | undefined };
}

/** Entries of one namespace in the memory store. */
export function memoryTier(table: MemoryTable, versionOf: (createdAt: Millis) => Version): MemoryTier {
  function entryIn(row: MemoryRow | undefined): Entry | undefined {
    if (row === undefined) return undefined;
    return makeEntry(row.value, row.version ?? table.keepVersion(row.slot, versionOf(row.createdAt)), row);
  }

  return {
    holds: true,
    getFresh: (key) => table.getFresh(key),
    get: (key, now) => entryIn(table.row(key, now)),
    doubtful: (key) => entryIn(table.doubtfulRow(key)),
    doubt: (key) => table.doubt(key),
    dropDoubtful: (key) => table.dropDoubtful(key),
    put: (key, write, now) => table.put(key, write, now),
    touch: (key, freshUntil, staleUntil, refreshAt) => table.touch(key, freshUntil, staleUntil, refreshAt),
    delete: (key, now) => table.delete(key, now),
    clear: () => table.clear(),
    keysByTerm: (name, value, now) => table.keysByTerm(name, value, now),
    keysFrom: (from, atMost, prefix, now, held) => table.keysFrom(from, atMost, prefix, now, held),
  };
}

/** For a cache without a memory tier. */
export const noMemory: MemoryTier = Object.freeze({
  holds: false,
  getFresh: () => undefined,
  get: () => undefined,
  doubtful: () => undefined,
  doubt: () => {},
  dropDoubtful: () => {},
  put: () => false,
  touch: () => {},
  delete: () => false,
  clear: () => {},
  keysByTerm: () => [],
  keysFrom: () => ({ keys: [], next: undefined }),
});
