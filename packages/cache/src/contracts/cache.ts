import type { MessageListener, SubscribeOptions } from './channel.js';
import type { Entry, IndexTerms, Version } from './entry.js';
import type { CacheEventType, CacheListener, EvictionReason } from './events.js';
import type { NamedLeases } from './lease.js';
import type { Loader, ManyLoader } from './load.js';
import type { LockContext, LockOptions } from './lock.js';
import type { Duration, Size } from './time.js';

/** What every way of writing an entry accepts. */
export interface WriteOptions {
  /** How long the entry is fresh. Default: the cache's `ttl`. */
  readonly ttl?: Duration;
  /** How long after `ttl` the entry may still be served, while `getOrSet` renews it. Default: the cache's. */
  readonly staleWhileRevalidate?: Duration;
  /** How long after `ttl` the entry may still be served, if loading fails or is slow. Default: the cache's. */
  readonly staleIfError?: Duration;
  /** The life is longer by a random part of this, so that entries written together do not end together. */
  readonly jitter?: Duration;
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

/** When a load is too slow. */
export interface LoaderTimeout {
  /** From then on a caller gets the stale value, if one may be served; the load goes on and is stored. */
  readonly soft?: Duration;
  /** Then the load is given up, and its callers get a `LoaderTimeoutError` or the stale value. */
  readonly hard?: Duration;
}

/** What `getOrSet` and `getOrSetMany` read of the cache's defaults, and each call can say anew. */
export interface LoadOptions {
  readonly loaderTimeout?: LoaderTimeout;
  /**
   * Renews a fresh entry in the background before it ends, when it is asked for: after this fraction of its life
   * (`0.8`), or by chance, the likelier the nearer the end and the longer a load takes (`'auto'`).
   */
  readonly refreshAhead?: number | 'auto' | false;
}

export interface GetOrSetOptions extends WriteOptions, LoadOptions {
  /** Loads whatever is cached. Callers who force together share one load. */
  readonly forceFresh?: boolean;
  /** Gives the call up. The load itself is aborted when nobody waits for it any more. */
  readonly signal?: AbortSignal;
}

export interface GetOrSetManyOptions extends GetOrSetOptions {
  /** What to say differently of single keys, such as their tags. */
  readonly entryOptions?: (key: string) => WriteOptions | undefined;
}

/** What a cache, or a namespace of it, does unless a call says otherwise. */
export interface EntryDefaults
  extends Pick<WriteOptions, 'ttl' | 'staleWhileRevalidate' | 'staleIfError' | 'jitter'>,
    LoadOptions {}

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
  /** Those of the hits that the store answered, and not memory. */
  readonly storeHits: number;
  readonly misses: number;
  readonly sets: number;
  readonly deletes: number;
  readonly loads: number;
  readonly loadErrors: number;
  readonly storeErrors: number;
  /** Hits that were answered with a stale value; they count as hits as well. */
  readonly staleHits: number;
  /** Refreshes in the background that were begun. */
  readonly refreshes: number;
  /** Writes that did not reach the store. */
  readonly droppedWrites: number;
  /** Writes that reached the store later, once it answered again; an invalidation counts tag by tag. */
  readonly recoveredWrites: number;
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
  /**
   * The fresh entry if memory has it, at once; no store is asked. For callers who read many keys in one turn and cannot
   * afford a promise for each: where it answers `undefined`, `getEntry` says more. Throws, not rejects, on bad input.
   *
   * @example const entry = cache.getEntryNow('user:1') ?? (await cache.getEntry('user:1'))
   */
  getEntryNow<T extends Values = Values>(key: string): Entry<T> | undefined;
  has(key: string): Promise<boolean>;
  /** The hits, by key. */
  getMany<T extends Values = Values>(keys: readonly string[]): Promise<Map<string, T>>;
  /**
   * The cached value, or what `loader` answers, which is then cached. Callers that miss together share one load, and
   * its failure. A loader that answers `undefined` found nothing: nothing is cached and all callers get `undefined`.
   */
  getOrSet<T extends Values = Values>(key: string, loader: Loader<T, Values>, options?: GetOrSetOptions): Promise<T>;
  /**
   * The cached values, and what `loader` answers for all that are missing, in one call of it. A key that another call
   * is loading already is waited for and not loaded again. Keys without a value are not in the map. If the loader
   * fails, this call rejects, and only those that wait for the same keys.
   */
  getOrSetMany<T extends Values = Values>(
    keys: readonly string[],
    loader: ManyLoader<T>,
    options?: GetOrSetManyOptions,
  ): Promise<Map<string, T>>;
  /**
   * Runs `persist`, which writes the value to where it belongs, and caches it when that has succeeded. If `persist`
   * fails, nobody knows what the source holds: the key is deleted, and the call rejects with that error.
   */
  writeThrough<T extends Values = Values>(
    key: string,
    value: T,
    persist: (value: T) => unknown,
    options?: WriteOptions,
  ): Promise<void>;
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
  /** As `update`, telling times and version of what was written. */
  updateEntry<T extends Values = Values>(
    key: string,
    patch: Partial<T> | ((value: T) => T),
    options?: { readonly ifVersion?: Version | undefined },
  ): Promise<Entry<T> | undefined>;
  /** Adds to a counter atomically and resolves with the sum. Rejects with `NotAnIntegerError` on any other value. */
  increment(key: string, by?: number, options?: IncrementOptions): Promise<number>;
  /**
   * Gives a live entry a new life from now on, as long as `ttl` says; with `ifVersion`, only that version. Resolves with
   * whether there was one.
   */
  touch(key: string, ttl?: Duration, options?: { readonly ifVersion?: Version | undefined }): Promise<boolean>;
  /** Seconds left, rounded up; `Infinity` for `'never'`, `undefined` on a miss. */
  ttlSeconds(key: string): Promise<number | undefined>;
  /**
   * Invalidates all entries that carry one of `tags` and began before now, however many they are, and what loaders
   * under way bring for them. They may still be served stale within their windows; `remove: true` rules that out.
   */
  invalidateTags(tags: readonly string[], options?: { readonly remove?: boolean }): Promise<void>;
  /**
   * Does `work` while nobody else does theirs under the same name: among all processes that share a store, in this one
   * where there is none. Resolves with what `work` answers, after the lock was let go of. The lock is extended while the
   * work goes on. Names are like keys, and no key is touched. Not reentrant: work that asks for its own lock waits for
   * itself until `wait` is over.
   *
   * A lock of this kind keeps work from being done twice; it cannot stop a holder that was paused or cut off. Where
   * that must not do harm, have the resource refuse smaller fencing tokens (docs/lock.md).
   *
   * @throws LockNotAcquiredError if somebody else had the lock for all of `wait`
   * @throws LockLostError if the lock was lost while `work` went on, and `work` did not fail by itself
   * @throws StoreError if the store cannot say who has the lock, whatever `onStoreError` says
   * @throws ClosedError if the cache was closed while the call waited
   * @example
   * ```ts
   * const report = await cache.lock('report:2024', { ttl: '10s', wait: '5s' }, async ({ fencingToken, signal }) => {
   *   const lines = await collect({ signal });
   *   return archive.write('2024', lines, { fencingToken });
   * });
   * ```
   */
  lock<T>(name: string, options: LockOptions, work: (lock: LockContext) => T | PromiseLike<T>): Promise<T>;
  /** Rights that outlive a call, under names of this namespace: what `lock` is made of (docs/lock.md). */
  readonly leases: NamedLeases;
  /**
   * Tells everybody who has subscribed to this channel of this namespace, in all processes on the same bus, this one
   * included. At most once, and in the order of one sender; nothing is kept for who is not there. Resolves when the bus
   * has taken it, which says nothing of who heard it. Channels are named like keys, and a message is any value that can
   * be kept, up to some 65,000 bytes (docs/pubsub.md).
   *
   * @throws BusError if the bus cannot take it, whatever `onStoreError` says: nobody hears it
   * @throws UnsupportedValueError if the message would not come back as it went in
   * @throws InvalidOptionError if it is too long
   * @throws UnsupportedByStoreError if other processes share the store, and the cache has no bus
   */
  publish(channel: string, message: unknown): Promise<void>;
  /**
   * Calls `listener` with every message that is published on this channel of this namespace from now on, by this cache
   * or another. The answer takes it off again. Messages are frozen, as far as JavaScript can.
   *
   * @throws UnsupportedByStoreError if other processes share the store, and the cache has no bus
   * @example
   * ```ts
   * const stop = cache.subscribe<Price>('prices', (price) => show(price), { missed: () => reload() });
   * ```
   */
  subscribe<T = unknown>(channel: string, listener: MessageListener<T>, options?: SubscribeOptions): () => void;
  /** The values of the live entries that were set with `indexes: { [name]: value }`. */
  getByIndex<T extends Values = Values>(name: string, value: string): Promise<T[]>;
  /** Their keys. */
  getKeysByIndex(name: string, value: string): Promise<string[]>;
  /** Deletes them; resolves with their number. */
  deleteByIndex(name: string, value: string): Promise<number>;
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
  namespace<T extends Values = Values>(name: string, defaults?: EntryDefaults): Cache<T>;
  stats(): CacheStats;
  /** The memory tier; `undefined` for a cache without one. */
  readonly memory: MemoryControl | undefined;
  /** Calls `listener` with every event of that type; the answer takes it off again. */
  on<Type extends CacheEventType>(type: Type, listener: CacheListener<Type>): () => void;
  /** Waits for what is under way, then closes the store. Idempotent; closes every namespace. */
  close(): Promise<void>;
}
