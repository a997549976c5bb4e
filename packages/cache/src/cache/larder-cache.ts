import type {
  Cache,
  EntryDefaults,
  GetOrSetManyOptions,
  GetOrSetOptions,
  IncrementOptions,
  KeysOptions,
  MemoryControl,
  SetOptions,
  WriteOptions,
  WriteOutcome,
} from '../contracts/cache.js';
import type { MessageListener, SubscribeOptions } from '../contracts/channel.js';
import type { Entry } from '../contracts/entry.js';
import type { CacheEventType, CacheListener } from '../contracts/events.js';
import type { NamedLeases } from '../contracts/lease.js';
import type { Loader, ManyLoader } from '../contracts/load.js';
import type { LockContext, LockOptions } from '../contracts/lock.js';
import type { Found, Tiers } from '../contracts/tier.js';
import type { Duration } from '../contracts/time.js';
import { ClosedError, InvalidOptionError } from '../errors.js';
import { childPath, type NamespacePath } from '../keys/namespace.js';
import { namedLeases } from '../locks/named-leases.js';
import { entryDefaultNames, type ResolvedDefaults, resolveDefaults } from '../options/entry-defaults.js';
import { refuseUnknownOptions } from '../options/known-options.js';
import { checkTerm } from '../options/write-options.js';
import { secondsLeft } from '../policy/lifetime.js';
import type { CacheParts } from './cache-parts.js';
import { Changes, type Patch } from './changes.js';
import { type Counters, snapshot } from './counters.js';
import type { EventHub } from './event-hub.js';
import { listKeys, listPage, type PageOptions } from './listings.js';
import { Loads } from './loads.js';
import type { NamespaceParts } from './namespace-parts.js';
import { Reads } from './reads.js';
import { Writes } from './writes.js';

const pruneStep = 1_000;
const noNamespaces: ReadonlyMap<string, ResolvedDefaults> = new Map();

/** What the facade asks of the cache that it is a part of. */
export interface CacheRoot {
  readonly parts: CacheParts;
  readonly memory: MemoryControl | undefined;
  /** A field of its own: every write reads it, and an AbortSignal is slow to ask. */
  readonly isClosed: boolean;
  namespace(path: NamespacePath): NamespaceParts;
  close(): Promise<void>;
}

/**
 * The public face of one namespace. A fresh hit in memory is answered right here; everything else goes on to the room
 * that does it.
 */
export class LarderCache implements Cache {
  readonly #root: CacheRoot;
  readonly #namespace: NamespaceParts;
  readonly #defaults: ResolvedDefaults;
  readonly #namespaces: ReadonlyMap<string, ResolvedDefaults>;
  readonly #tiers: Tiers;
  readonly #hub: EventHub;
  readonly #counters: Counters;
  readonly #reads: Reads;
  readonly #loads: Loads;
  readonly #writes: Writes;
  readonly #changes: Changes;
  #leases: NamedLeases | undefined;

  /** @param namespaces - what the namespaces right below this one do, where that is not what it does itself */
  constructor(root: CacheRoot, path: NamespacePath, defaults: ResolvedDefaults, namespaces = noNamespaces) {
    this.#root = root;
    this.#namespace = root.namespace(path);
    this.#defaults = defaults;
    this.#namespaces = namespaces;
    this.#tiers = this.#namespace.tiers;
    this.#hub = root.parts.hub;
    this.#counters = root.parts.counters;
    this.#reads = new Reads(this.#namespace, root.parts.clock);
    this.#loads = new Loads(this.#namespace, defaults);
    this.#writes = new Writes(root.parts, this.#namespace, defaults);
    this.#changes = new Changes(root.parts, this.#namespace, this.#writes, defaults);
  }

  get<T>(key: string): Promise<T | undefined> {
    const value = this.#hub.watchesHits ? undefined : this.#tiers.getFresh(key);
    if (value === undefined) return this.#getFromTiers<T>(key);
    this.#counters.hits++;
    return Promise.resolve(value as T);
  }

  getOrSet<T>(key: string, loader: Loader<T, never>, options?: GetOrSetOptions): Promise<T> {
    const mayHit = !this.#hub.watchesHits && options?.forceFresh !== true;
    const value = mayHit ? this.#tiers.getFresh(key) : undefined;
    if (value === undefined) return this.#load<T>(key, loader, options);
    this.#counters.hits++;
    return Promise.resolve(value as T);
  }

  async getOrSetMany<T>(
    keys: readonly string[],
    loader: ManyLoader<T>,
    options?: GetOrSetManyOptions,
  ): Promise<Map<string, T>> {
    const begun = this.#begin();
    if (begun !== undefined) await begun;
    return (await this.#loads.getOrSetMany(keys, loader as ManyLoader<unknown>, options)) as Map<string, T>;
  }

  /** No async function: a store that reads at once then costs one promise. */
  getEntry<T>(key: string): Promise<Entry<T> | undefined> {
    try {
      const begun = this.#begin();
      const found = begun === undefined ? this.#reads.find(key) : begun.then(() => this.#reads.find(key));
      return found instanceof Promise ? found.then(entryIn<T>) : Promise.resolve(entryIn<T>(found));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  getEntryNow<T>(key: string): Entry<T> | undefined {
    this.#refuseIfClosed();
    return entryIn<T>(this.#reads.findNow(key));
  }

  async has(key: string): Promise<boolean> {
    const begun = this.#begin();
    if (begun !== undefined) await begun;
    return (await this.#reads.find(key)) !== undefined;
  }

  async getMany<T>(keys: readonly string[]): Promise<Map<string, T>> {
    const begun = this.#begin();
    if (begun !== undefined) await begun;
    return (await this.#reads.getMany(keys)) as Map<string, T>;
  }

  /** No async function: a write to memory alone is over when this returns, and then costs no promise of its own. */
  set<T>(key: string, value: T, options?: SetOptions): Promise<boolean> {
    try {
      const begun = this.#begin();
      if (begun !== undefined) return begun.then(() => this.#writes.set(key, value, options));
      return this.#writes.set(key, value, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async setEntry<T>(key: string, value: T, options?: SetOptions & { ifAbsent?: boolean }): Promise<WriteOutcome> {
    const begun = this.#begin();
    if (begun !== undefined) await begun;
    return this.#writes.setEntry(key, value, options);
  }

  async add<T>(key: string, value: T, options?: WriteOptions): Promise<boolean> {
    return (await this.setEntry(key, value, { ...options, ifAbsent: true })).stored;
  }

  async setMany<T>(entries: Iterable<readonly [string, T]>, options?: WriteOptions): Promise<void> {
    const begun = this.#begin();
    if (begun !== undefined) await begun;
    return this.#writes.setMany(entries, options);
  }

  async writeThrough<T>(key: string, value: T, persist: (value: T) => unknown, options?: WriteOptions): Promise<void> {
    const begun = this.#begin();
    if (begun !== undefined) await begun;
    return this.#writes.writeThrough(key, value, persist as (value: unknown) => unknown, options);
  }

  async delete(key: string, options?: { ifVersion?: string | undefined }): Promise<boolean> {
    const begun = this.#begin();
    if (begun !== undefined) await begun;
    if (options !== undefined) refuseUnknownOptions('delete()', options, ['ifVersion']);
    if (options?.ifVersion !== undefined) return this.#writes.deleteVersion(key, options.ifVersion);
    return (await this.#writes.delete([key])) === 1;
  }

  async deleteMany(keys: readonly string[]): Promise<number> {
    const begun = this.#begin();
    if (begun !== undefined) await begun;
    return this.#writes.delete([...new Set(keys)]);
  }

  async update<T>(
    key: string,
    patch: Partial<T> | ((value: T) => T),
    options?: { ifVersion?: string | undefined },
  ): Promise<T | undefined> {
    return (await this.updateEntry(key, patch, options))?.value;
  }

  async updateEntry<T>(
    key: string,
    patch: Partial<T> | ((value: T) => T),
    options?: { ifVersion?: string | undefined },
  ): Promise<Entry<T> | undefined> {
    const begun = this.#begin();
    if (begun !== undefined) await begun;
    if (options !== undefined) refuseUnknownOptions('update()', options, ['ifVersion']);
    return (await this.#changes.update(key, patch as Patch, options?.ifVersion)) as Entry<T> | undefined;
  }

  async increment(key: string, by = 1, options?: IncrementOptions): Promise<number> {
    const begun = this.#begin();
    if (begun !== undefined) await begun;
    if (options !== undefined) refuseUnknownOptions('increment()', options, ['ttl', 'initial']);
    return this.#changes.increment(key, by, options);
  }

  async touch(key: string, ttl?: Duration, options?: { ifVersion?: string | undefined }): Promise<boolean> {
    const begun = this.#begin();
    if (begun !== undefined) await begun;
    if (options !== undefined) refuseUnknownOptions('touch()', options, ['ifVersion']);
    return this.#changes.touch(key, ttl, options?.ifVersion);
  }

  async invalidateTags(tags: readonly string[], options?: { remove?: boolean }): Promise<void> {
    const begun = this.#begin();
    if (begun !== undefined) await begun;
    if (options !== undefined) refuseUnknownOptions('invalidateTags()', options, ['remove']);
    return this.#writes.invalidateTags(tags, options?.remove === true);
  }

  async lock<T>(name: string, options: LockOptions, work: (lock: LockContext) => T | PromiseLike<T>): Promise<T> {
    const begun = this.#begin();
    if (begun !== undefined) await begun;
    return this.#namespace.locks.lock(name, options, work);
  }

  get leases(): NamedLeases {
    this.#leases ??= namedLeases({
      leases: this.#namespace.leases,
      begin: () => this.#begin(),
      storeFailed: (error) => this.#namespace.report.storeError('lock', error),
    });
    return this.#leases;
  }

  async publish(channel: string, message: unknown): Promise<void> {
    this.#refuseIfClosed();
    return this.#namespace.channels.publish(channel, message);
  }

  subscribe<T>(channel: string, listener: MessageListener<T>, options: SubscribeOptions = {}): () => void {
    this.#refuseIfClosed();
    return this.#namespace.channels.subscribe(channel, listener as MessageListener<unknown>, options);
  }

  async getByIndex<T>(name: string, value: string): Promise<T[]> {
    return (await this.#reads.valuesByTerm(name, value, await this.getKeysByIndex(name, value))) as T[];
  }

  async getKeysByIndex(name: string, value: string): Promise<string[]> {
    const begun = this.#begin();
    if (begun !== undefined) await begun;
    checkTerm(name, value);
    return [...(await this.#tiers.keysByTerm(name, value))];
  }

  async deleteByIndex(name: string, value: string): Promise<number> {
    const begun = this.#begin();
    if (begun !== undefined) await begun;
    checkTerm(name, value);
    return this.#writes.deleteByIndex(name, value);
  }

  async ttlSeconds(key: string): Promise<number | undefined> {
    const begun = this.#begin();
    if (begun !== undefined) await begun;
    const found = await this.#reads.find(key);
    return found === undefined ? undefined : secondsLeft(found.entry, this.#root.parts.clock.now());
  }

  keys(options: KeysOptions = {}): AsyncIterableIterator<string> {
    this.#refuseIfClosed();
    return listKeys(this.#tiers, options);
  }

  async keysPage(options: PageOptions): Promise<{ keys: readonly string[]; cursor?: string }> {
    const begun = this.#begin();
    if (begun !== undefined) await begun;
    return listPage(this.#tiers, options);
  }

  async deleteMatching(pattern: string): Promise<number> {
    const begun = this.#begin();
    if (begun !== undefined) await begun;
    return this.#writes.deleteMatching(pattern);
  }

  async clear(): Promise<void> {
    const begun = this.#begin();
    if (begun !== undefined) await begun;
    return this.#writes.clear();
  }

  async prune(): Promise<number> {
    const begun = this.#begin();
    if (begun !== undefined) await begun;
    let total = 0;
    for (;;) {
      const removed = await this.#tiers.prune(pruneStep);
      if (removed === 0) return total;
      total += removed;
    }
  }

  namespace<T>(name: string, given: EntryDefaults = {}): Cache<T> {
    refuseUnknownOptions('namespace()', given, entryDefaultNames);
    const defaults = resolveDefaults(given, this.#namespaces.get(name) ?? this.#defaults);
    return new LarderCache(this.#root, childPath(this.#namespace.path, name), defaults);
  }

  get memory() {
    return this.#root.memory;
  }

  stats() {
    return snapshot(this.#counters, this.#root.parts.memory);
  }

  on<Type extends CacheEventType>(type: Type, listener: CacheListener<Type>): () => void {
    if (typeof listener === 'function') return this.#hub.on(type, listener);
    throw new InvalidOptionError("on() takes the type of an event and a function: on('evict', (event) => …).");
  }

  close(): Promise<void> {
    return this.#root.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** No async function: a read of a store then costs one promise. */
  #getFromTiers<T>(key: string): Promise<T | undefined> {
    try {
      const begun = this.#begin();
      const value = begun === undefined ? this.#reads.value(key) : begun.then(() => this.#reads.value(key));
      return (value instanceof Promise ? value : Promise.resolve(value)) as Promise<T | undefined>;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Rejects what is wrong with the call, as an async function would, without the cost of one. */
  #load<T>(key: string, loader: Loader<T, never>, options: GetOrSetOptions | undefined): Promise<T> {
    try {
      const begun = this.#begin();
      if (begun !== undefined) return this.#loadAfter(begun, key, loader, options);
      return this.#loads.getOrSet(key, loader as Loader<unknown>, options) as Promise<T>;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Apart, because a function that holds on to its arguments is made at each call. */
  async #loadAfter<T>(
    begun: Promise<void>,
    key: string,
    loader: Loader<T, never>,
    options: GetOrSetOptions | undefined,
  ): Promise<T> {
    await begun;
    return this.#loads.getOrSet(key, loader as Loader<unknown>, options) as Promise<T>;
  }

  /**
   * What every call begins with. It waits where the store's time is not known yet: what a call stamps is to be right,
   * and calls are to keep their order.
   */
  #begin(): Promise<void> | undefined {
    this.#refuseIfClosed();
    return this.#root.parts.gate?.untilTimeIsKnown()?.then(() => this.#refuseIfClosed());
  }

  #refuseIfClosed(): void {
    if (this.#root.isClosed) throw new ClosedError();
  }
}

function entryIn<T>(found: Found | undefined): Entry<T> | undefined {
  return found?.entry as Entry<T> | undefined;
}
