import type { BusTransport } from '../contracts/bus.js';
import type { EntryDefaults } from '../contracts/cache.js';
import type { MemoryBounds } from '../contracts/memory.js';
import type { Store } from '../contracts/store.js';
import type { Clock, Duration, Millis, Size } from '../contracts/time.js';
import { InvalidOptionError } from '../errors.js';
import { type CompressionOptions, type ResolvedCompression, resolveCompression } from './compression-options.js';
import { parseDuration } from './duration.js';
import { type EncryptionOptions, type ResolvedEncryption, resolveEncryption } from './encryption-options.js';
import { entryDefaultNames, type ResolvedDefaults, resolveDefaults } from './entry-defaults.js';
import { refuseUnknownOptions } from './known-options.js';
import { type LeaseOptions, type ResolvedLeaseOptions, resolveLeaseOptions } from './lease-options.js';
import { oneOf } from './one-of.js';
import { parseSize } from './size.js';

/**
 * Who may change a cached value.
 *
 * - `'freeze'` (default): `set` keeps a frozen copy, and reads hand that copy out at no cost; what JavaScript cannot
 *   freeze (Date, Map, Set, bytes) is copied at each read.
 * - `'clone'`: every read of an object gets a copy of its own, free to change; costs a copy a read.
 * - `'share'`: the same reference goes in and out. Fastest, and whoever changes it changes the cache.
 */
export type ValueSharing = 'freeze' | 'clone' | 'share';

/**
 * How the memory tier chooses what to evict: `'w-tinylfu'` by how often and how lately a key was asked for, adapting to
 * the workload; `'s3-fifo'` by three queues; `'lru'` what was used longest ago.
 */
export type EvictionPolicyName = 'w-tinylfu' | 's3-fifo' | 'lru';

export interface MemoryOptions {
  /** The most entries held. Default 100,000. */
  readonly maxEntries?: number;
  /** The most memory held, by the estimate of docs/values.md. Default `'256mb'`. */
  readonly maxBytes?: Size;
  /** Which entry gives way for a new one (docs/memory.md). Default `'w-tinylfu'`. */
  readonly policy?: EvictionPolicyName;
  /** Default `'freeze'`. */
  readonly values?: ValueSharing;
}

/** When calls to a failing store are given up without being made. */
export interface CircuitBreakerOptions {
  /** After how many failures in a row. Default 10. */
  readonly failures?: number;
  /** For how long; then one call is let through to see. Default `'5s'`. */
  readonly pause?: Duration;
}

export interface CreateCacheOptions extends EntryDefaults {
  /** Separates the keys of this cache from others on the same store. Default: none. */
  readonly namespace?: string;
  /** How long an entry is fresh if its write does not say. Default `'5m'`. */
  readonly ttl?: Duration;
  /**
   * What the cache's own namespaces do unless told otherwise, by their names: `namespace('session')` then needs no
   * defaults of its own. Where it is given some, they go before these.
   */
  readonly namespaces?: Readonly<Record<string, EntryDefaults>>;
  /** The memory tier, or `false` for none (then a store is needed). */
  readonly memory?: MemoryOptions | false;
  /** The back end behind the memory tier, such as `lmdbStore({ path })`. Default: none. */
  readonly store?: Store;
  /** Compresses payloads on their way to the store (docs/compression.md). Needs a store. Default: off. */
  readonly compression?: CompressionOptions;
  /** Encrypts payloads on their way to the store (docs/encryption.md). Needs a store. Default: off. */
  readonly encryption?: EncryptionOptions;
  /**
   * What a failing store means for reads and plain writes: `'degrade'` (default) makes a read a miss and drops the
   * write, with a `store-error` event; `'throw'` rejects. Calls that promise the truth (`add`, `increment`, `update`,
   * `ifVersion`) always reject.
   */
  readonly onStoreError?: 'degrade' | 'throw';
  /**
   * How long a call to the store may take; what it does not answer by then has failed. Default `'1s'`, and `'10s'` for
   * a store inside the process, whose disk may be busy.
   */
  readonly storeTimeout?: Duration;
  /**
   * Tells the other processes that share the store of writes, so that their memory lets go of what is old
   * (docs/bus.md). Default: the store's own bus, where it has one, and none beside a `clock` of tests, which a heartbeat
   * a second would keep busy; `false` for none.
   */
  readonly bus?: BusTransport | false;
  /**
   * Lets one process at a time load a key (docs/leases.md). Default: on, where processes share the store; `false`
   * leaves it at one load in each process, and lets a load be stored although another process deleted its key.
   */
  readonly lease?: LeaseOptions | false;
  /**
   * Tells of the end of every entry in the store, by an `expire` event, from one process of those that listen
   * (docs/expiry-events.md). Costs a little at every write. Default: off, and `expire` is of this process's memory.
   */
  readonly expiryEvents?: boolean;
  /** Default: on. */
  readonly circuitBreaker?: CircuitBreakerOptions | false;
  /** Where time comes from; for tests. Default: the system's clock. */
  readonly clock?: Clock;
  /**
   * Judge by the store's own time, where it tells it (docs/clocks.md), so that processes whose clocks differ agree.
   * Default: true, and false where a `clock` is given, which is then believed as it is.
   */
  readonly storeTime?: boolean;
  /** Where chance comes from, a number from 0 up to 1; for tests. Default: `Math.random`. */
  readonly random?: () => number;
}

export interface ResolvedMemoryOptions extends MemoryBounds {
  readonly policy: EvictionPolicyName;
  readonly values: ValueSharing;
}

export interface ResolvedCacheOptions {
  readonly namespace: string | undefined;
  readonly defaults: ResolvedDefaults;
  readonly namespaces: ReadonlyMap<string, ResolvedDefaults>;
  readonly memory: ResolvedMemoryOptions | undefined;
  readonly store: Store | undefined;
  readonly compression: ResolvedCompression | undefined;
  readonly encryption: ResolvedEncryption | undefined;
  readonly onStoreError: 'degrade' | 'throw';
  readonly storeTimeout: Millis;
  readonly circuitBreaker: ResolvedCircuitBreaker | undefined;
  readonly bus: BusTransport | undefined;
  readonly lease: ResolvedLeaseOptions | undefined;
  readonly expiryEvents: boolean;
  readonly clock: Clock | undefined;
  readonly storeTime: boolean;
  readonly random: () => number;
}

export interface ResolvedCircuitBreaker {
  readonly failures: number;
  readonly pause: Millis;
}

const cacheOptionNames = [
  'namespace',
  ...entryDefaultNames,
  'namespaces',
  'memory',
  'store',
  'compression',
  'encryption',
  'onStoreError',
  'storeTimeout',
  'circuitBreaker',
  'bus',
  'lease',
  'expiryEvents',
  'clock',
  'storeTime',
  'random',
];
const memoryOptionNames = ['maxEntries', 'maxBytes', 'policy', 'values'];

/** Checks and completes what the user wrote, once. The user's object is only read. */
export function resolveCacheOptions(options: CreateCacheOptions): ResolvedCacheOptions {
  refuseUnknownOptions('createCache()', options, cacheOptionNames);
  const memory = options.memory === false ? undefined : resolveMemoryOptions(options.memory ?? {});
  if (memory === undefined && options.store === undefined) {
    throw new InvalidOptionError("memory is false and there is no store, so nothing could be kept: give 'store'.");
  }
  const { store, compression, encryption } = options;
  if (store === undefined) refuseWithoutStore({ compression, encryption });
  const defaults = resolveDefaults(options);
  return Object.freeze({
    namespace: options.namespace,
    defaults,
    namespaces: resolveNamespaces(options.namespaces, defaults),
    memory,
    store: checkStore(store),
    compression: compression === undefined ? undefined : resolveCompression(compression),
    encryption: encryption === undefined ? undefined : resolveEncryption(encryption),
    onStoreError: oneOf('onStoreError', options.onStoreError ?? 'degrade', ['degrade', 'throw']),
    storeTimeout: parseDuration(options.storeTimeout ?? defaultStoreTimeout(options.store), 'storeTimeout'),
    circuitBreaker: options.circuitBreaker === false ? undefined : resolveCircuitBreaker(options.circuitBreaker ?? {}),
    bus: checkBus(options.bus ?? (options.clock === undefined ? store?.bus : undefined)),
    lease: options.lease === false ? undefined : resolveLeaseOptions(options.lease ?? {}),
    expiryEvents: checkExpiryEvents(options.expiryEvents),
    clock: options.clock,
    storeTime: checkStoreTime(options.storeTime ?? options.clock === undefined),
    random: options.random ?? Math.random,
  });
}

function resolveNamespaces(
  namespaces: CreateCacheOptions['namespaces'] = {},
  parent: ResolvedDefaults,
): ReadonlyMap<string, ResolvedDefaults> {
  if (typeof namespaces !== 'object' || namespaces === null || Array.isArray(namespaces)) {
    throw new InvalidOptionError("namespaces is not an object: write namespaces: { session: { ttl: '1d' } }.");
  }
  const resolved = new Map<string, ResolvedDefaults>();
  for (const [name, defaults] of Object.entries(namespaces)) {
    refuseUnknownOptions(`namespaces['${name.slice(0, 40)}']`, defaults, entryDefaultNames);
    resolved.set(name, resolveDefaults(defaults, parent));
  }
  return resolved;
}

function defaultStoreTimeout(store: Store | undefined): Duration {
  return store?.capabilities?.synchronousReads === true ? '10s' : '1s';
}

function resolveCircuitBreaker(options: CircuitBreakerOptions): ResolvedCircuitBreaker {
  refuseUnknownOptions('circuitBreaker', options, ['failures', 'pause']);
  const { failures = 10, pause = '5s' } = options;
  if (Number.isSafeInteger(failures) && failures > 0) {
    return Object.freeze({ failures, pause: parseDuration(pause, 'circuitBreaker.pause') });
  }
  throw new InvalidOptionError(`circuitBreaker.failures is ${String(failures)}: write a whole number from 1 on.`);
}

function resolveMemoryOptions(options: MemoryOptions): ResolvedMemoryOptions {
  refuseUnknownOptions('memory', options, memoryOptionNames);
  return Object.freeze({
    ...resolveMemoryBounds(options, defaultBounds),
    policy: oneOf('memory.policy', options.policy ?? 'w-tinylfu', ['w-tinylfu', 'lru', 's3-fifo']),
    values: oneOf('memory.values', options.values ?? 'freeze', ['freeze', 'clone', 'share']),
  });
}

const defaultBounds: MemoryBounds = { maxEntries: 100_000, maxBytes: 256 * 1024 ** 2 };

/** The bounds that are given, and `current` for those that are not. */
export function resolveMemoryBounds(
  bounds: { readonly maxEntries?: number; readonly maxBytes?: Size },
  current: MemoryBounds,
): MemoryBounds {
  const maxEntries = bounds.maxEntries ?? current.maxEntries;
  if (!Number.isSafeInteger(maxEntries) || maxEntries < 0 || maxEntries > 2 ** 24) {
    throw new InvalidOptionError(`memory.maxEntries is ${String(maxEntries)}: write a whole number from 0 to 2^24.`);
  }
  const maxBytes = bounds.maxBytes === undefined ? current.maxBytes : parseSize(bounds.maxBytes, 'memory.maxBytes');
  return { maxEntries, maxBytes };
}

function checkStore(store: Store | undefined): Store | undefined {
  if (store === undefined || (typeof store === 'object' && store !== null && typeof store.get === 'function'))
    return store;
  throw new InvalidOptionError("store is not a store: write store: lmdbStore({ path: './cache' }), for example.");
}

function checkBus(bus: CreateCacheOptions['bus']): BusTransport | undefined {
  if (bus === undefined || bus === false) return undefined;
  if (typeof bus === 'object' && bus !== null && typeof bus.open === 'function') return bus;
  throw new InvalidOptionError('bus is not a bus: write bus: redisBus({ url }), for example, or bus: false.');
}

function checkStoreTime(storeTime: unknown): boolean {
  if (typeof storeTime === 'boolean') return storeTime;
  throw new InvalidOptionError(`storeTime is ${String(storeTime)}: write true or false, or leave it out.`);
}

function checkExpiryEvents(expiryEvents: unknown = false): boolean {
  if (typeof expiryEvents === 'boolean') return expiryEvents;
  throw new InvalidOptionError('expiryEvents is neither true nor false: write expiryEvents: true.');
}

/** Whoever encrypts believes that something is encrypted: memory holds values as they are. */
function refuseWithoutStore(options: { readonly [name: string]: object | undefined }): void {
  for (const name in options) {
    if (options[name] === undefined) continue;
    throw new InvalidOptionError(
      `${name} is for entries in a store, and there is none: give 'store', or leave it out.`,
    );
  }
}
