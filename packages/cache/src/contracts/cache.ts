import type { Entry, IndexTerms, Version } from './entry.js';
import type { CacheEventType, CacheListener, EvictionReason } from './events.js';
import type { Loader } from './load.js';
import type { Duration, Size } from './time.js';

/** What every way of writing an entry accepts. */
export interface WriteOptions {
  /** How long the entry is fresh. Default: the cache's `ttl`. */
  readonly ttl?: Duration;
  /** Names that can later be invalidated together. */
  readonly tags?: readonly string[];
  /** Terms to find the entry by. */
  readonly indexes?: IndexTerms;
  /** The media type of the value, kept for front ends that serve it over HTTP. */
  readonly contentType?: string;
}

export interface SetOptions extends WriteOptions {
  /** Write only if the live entry has this version; `undefined` writes always. */
  readonly ifVersion?: Version | undefined;
}

export interface IncrementOptions {
  /** The life of a counter that this call creates; an existing counter keeps its own. Default: the cache's `ttl`. */
  readonly ttl?: Duration;
  /** What a missing counter counts from. Default: 0. */
  readonly initial?: number;
}

export interface KeysOptions {
  /** Only keys that begin with this text. */
  readonly prefix?: string;
  /** Only keys that match this pattern: `*` any run of characters, `?` any one, `\` takes the next one literally. */
  readonly match?: string;
}

/** One page of a key listing; `cursor` is absent on the last page. */
export interface KeysPage {
  readonly keys: readonly string[];
  readonly cursor?: string;
}

/** What a write did. `version` is what `ifVersion` compares; `undefined` where the store could not be reached. */
export interface WriteOutcome {
  /** False if the condition (`ifVersion`, or absence for `add`) did not hold, or if the write was dropped. */
  readonly stored: boolean;
  /** True if there was no live entry before. */
  readonly created: boolean;
  readonly version: Version;
}

/** Counts since the cache was created, over all its namespaces. */
export interface CacheStats {
  readonly hits: number;
  readonly misses: number;
  readonly sets: number;
  readonly deletes: number;
  readonly loads: number;
  readonly loadErrors: number;
  readonly storeErrors: number;
  readonly memory: {
    readonly entries: number;
    readonly bytes: number;
    readonly evictions: number;
    readonly expirations: number;
  };
}

/** What the memory tier holds, and why things left it. */
export interface MemoryInspection {
  readonly policy: string;
  readonly entries: number;
  readonly bytes: number;
  readonly maxEntries: number;
  readonly maxBytes: number;
  /** How many entries each queue of the policy holds, such as the admission window. */
  readonly queues: Readonly<Record<string, number>>;
  readonly evictions: Readonly<Record<EvictionReason, number>>;
  readonly expirations: number;
}

/** The memory tier of a cache and all its namespaces. */
export interface MemoryControl {
  inspect(): MemoryInspection;
  /** Changes the bounds at run time. What no longer fits is evicted at once. A bound left out stays as it is. */
  resize(bounds: { readonly maxEntries?: number; readonly maxBytes?: Size }): void;
}

/**
 * A cache, or one namespace of it. Every method rejects with a {@link LarderError} on bad input.
 * `Values` is what the namespace holds; leave it `unknown` for mixed content and name the type at each call.
 */
export interface Cache<Values = unknown> extends AsyncDisposable {
  /** The value, or `undefined` on a miss. */
  get<T extends Values = Values>(key: string): Promise<T | undefined>;
  /** The value with its times, version, tags and terms. */
  getEntry<T extends Values = Values>(key: string): Promise<Entry<T> | undefined>;
  has(key: string): Promise<boolean>;
  /** The hits, by key. */
  getMany<T extends Values = Values>(keys: readonly string[]): Promise<Map<string, T>>;
  /**
   * The cached value, or what `loader` answers, which is then cached. Callers that miss together share one load, and
   * its failure. A loader that answers `undefined` found nothing: nothing is cached and all callers get `undefined`.
   */
  getOrSet<T extends Values = Values>(key: string, loader: Loader<T>, options?: WriteOptions): Promise<T>;
  /** Writes, replacing what was there. Resolves with whether it was stored (always, without `ifVersion`). */
  set<T extends Values = Values>(key: string, value: T, options?: SetOptions): Promise<boolean>;
  /** As `set`, telling version and whether the key was new. */
  setEntry<T extends Values = Values>(
    key: string,
    value: T,
    options?: SetOptions & { readonly ifAbsent?: boolean },
  ): Promise<WriteOutcome>;
  /** Writes only if there is no live entry; atomic across processes on a shared store. */
  add<T extends Values = Values>(key: string, value: T, options?: WriteOptions): Promise<boolean>;
  setMany<T extends Values = Values>(
    entries: Iterable<readonly [key: string, value: T]>,
    options?: WriteOptions,
  ): Promise<void>;
  /** Resolves with whether there was a live entry. With `ifVersion`, deletes only that version. */
  delete(key: string, options?: { readonly ifVersion?: Version | undefined }): Promise<boolean>;
  /** Resolves with how many of them had a live entry. */
  deleteMany(keys: readonly string[]): Promise<number>;
  /**
   * Changes a value atomically, across processes on a shared store: an object is merged in (own properties replace),
   * a function maps the old value to the new one (pure: it may run again when another writer came first).
   * Times, tags and terms stay. Resolves with the new value, or `undefined` if there is no live entry.
   */
  update<T extends Values = Values>(
    key: string,
    patch: Partial<T> | ((value: T) => T),
    options?: { readonly ifVersion?: Version | undefined },
  ): Promise<T | undefined>;
  /** Adds to a counter atomically and resolves with the sum. Rejects with `NotAnIntegerError` on any other value. */
  increment(key: string, by?: number, options?: IncrementOptions): Promise<number>;
  /** Gives a live entry a new life from now on, as long as `ttl` says. Resolves with whether there was one. */
  touch(key: string, ttl?: Duration): Promise<boolean>;
  /** Seconds left, rounded up; `Infinity` for `'never'`, `undefined` on a miss. */
  ttlSeconds(key: string): Promise<number | undefined>;
  /** The live keys, in no promised order. Entries that come or go while it runs may or may not be listed. */
  keys(options?: KeysOptions): AsyncIterableIterator<string>;
  /** One page of the live keys, for callers that hand cursors on. A page may be shorter than `limit`, even empty. */
  keysPage(options: KeysOptions & { readonly cursor?: string | undefined; readonly limit?: number }): Promise<KeysPage>;
  /** Deletes the keys that match `pattern` (see {@link KeysOptions}); resolves with their number. */
  deleteMatching(pattern: string): Promise<number>;
  /** Empties this namespace, and no other. */
  clear(): Promise<void>;
  /** Removes expired entries that nobody has asked for, in small steps; resolves with their number. */
  prune(): Promise<number>;
  /** A cache over the same tiers whose keys cannot collide with another's, with defaults of its own. */
  namespace<T extends Values = Values>(name: string, defaults?: { readonly ttl?: Duration }): Cache<T>;
  stats(): CacheStats;
  /** The memory tier; `undefined` for a cache without one. */
  readonly memory: MemoryControl | undefined;
  /** Calls `listener` with every event of that type; the answer takes it off again. */
  on<Type extends CacheEventType>(type: Type, listener: CacheListener<Type>): () => void;
  /** Waits for what is under way, then closes the store. Idempotent; closes every namespace. */
  close(): Promise<void>;
}
