import { setMaxListeners } from 'node:events';
import { MessageCodec } from '../channels/message-codec.js';
import { Subscriptions } from '../channels/subscriptions.js';
import { PayloadLayers } from '../codecs/payload-layers.js';
import type { Cache } from '../contracts/cache.js';
import type { CircuitState } from '../contracts/events.js';
import type { Store } from '../contracts/store.js';
import type { Clock } from '../contracts/time.js';
import { ClosedError } from '../errors.js';
import type { Sweeper } from '../expiry/sweeper.js';
import { childPath, markerPrefix, type NamespacePath, namespacePrefix } from '../keys/namespace.js';
import type { EvictionPolicy } from '../memory/eviction/eviction-policy.js';
import { LeastRecentlyUsed } from '../memory/eviction/lru.js';
import { S3Fifo } from '../memory/eviction/s3-fifo.js';
import { WindowTinyLfu } from '../memory/eviction/w-tinylfu.js';
import { keyHasher, randomSeed } from '../memory/hash-key.js';
import { MemoryStore } from '../memory/memory-store.js';
import {
  type CreateCacheOptions,
  type EvictionPolicyName,
  type ResolvedCacheOptions,
  type ResolvedMemoryOptions,
  resolveCacheOptions,
} from '../options/cache-options.js';
import { CircuitBreaker } from '../tiers/circuit-breaker.js';
import { Doubts } from '../tiers/doubts.js';
import { refuseUnsupported } from '../tiers/refuse-unsupported.js';
import { SharedClock } from '../tiers/shared-clock.js';
import { StoreGate } from '../tiers/store-gate.js';
import { probeStore } from '../tiers/store-probe.js';
import { type SharingMode, sharingMode } from '../tiers/value-sharing.js';
import { Background } from './background.js';
import type { CacheParts } from './cache-parts.js';
import { Counters } from './counters.js';
import { EventHub } from './event-hub.js';
import { type CacheRoot, LarderCache } from './larder-cache.js';
import { memoryControl } from './memory-control.js';
import { type NamespaceParts, openNamespace } from './namespace-parts.js';
import { openCacheBus } from './open-bus.js';
import { openSweeper } from './open-sweeper.js';
import { createStamps } from './stamps.js';
import { systemClock } from './system-clock.js';

/**
 * Makes a cache: in memory alone, or in memory before a store.
 *
 * @throws InvalidOptionError if an option is unknown or has a value that cannot be used
 * @throws UnsupportedByStoreError if `expiryEvents` is asked of a store that cannot say what has expired
 * @throws ClientMissingError if `compression` names a codec whose package is not installed
 * @example
 * ```ts
 * const cache = createCache({ ttl: '10m' });
 * const user = await cache.getOrSet('user:42', () => database.user(42));
 * ```
 */
export function createCache<Values = unknown>(options: CreateCacheOptions = {}): Cache<Values> {
  const resolved = resolveCacheOptions(options);
  const { store, onStoreError, random, defaults } = resolved;
  if (resolved.expiryEvents && store !== undefined) refuseUnsupported('tellsExpiry', store);
  const hub = new EventHub();
  const ownClock = resolved.clock ?? systemClock;
  const sharedClock = openSharedClock(ownClock, hub, resolved);
  const clock = sharedClock ?? ownClock;
  const stamps = createStamps(clock);
  const sharing = sharingMode(resolved.memory?.values ?? 'freeze', store !== undefined);
  const layers = new PayloadLayers(resolved);
  const closing = new AbortController();
  // Every namespace listens.
  setMaxListeners(0, closing.signal);
  const memory = resolved.memory === undefined ? undefined : openMemory(resolved.memory, clock, sharing);
  sharedClock?.onStep((by, isFirst) => {
    if (isFirst) stamps.restart();
    memory?.clockStepped(by, isFirst);
  });
  const gate = store === undefined ? undefined : openGate(store, ownClock, sharedClock, hub, resolved);
  const doubts = new Doubts({ memory, canBeConfirmed: () => gate?.isAnswering === true, clock: ownClock });
  const namespace = resolved.namespace ?? '';
  const subscriptions = new Subscriptions();
  const parts: CacheParts = {
    clock,
    ownClock,
    sharedClock,
    stamps,
    sharing,
    memory,
    gate,
    layers,
    onStoreError,
    lease: resolved.lease,
    tellsExpiry: resolved.expiryEvents && gate !== undefined,
    refreshAhead: defaults.manner.refreshAhead,
    random,
    hub,
    counters: new Counters(),
    background: new Background(),
    bus: openCacheBus({
      transport: resolved.bus,
      namespace,
      clock,
      isClockTrusted: () => sharedClock?.isTrusted !== false,
      stamps,
      doubts,
      subscriptions,
      reporter: hub,
    }),
    doubts,
    subscriptions,
    messageCodec: new MessageCodec(new PayloadLayers({ compression: undefined, encryption: resolved.encryption })),
    closing: closing.signal,
  };
  const path = resolved.namespace === undefined ? [] : childPath([], resolved.namespace);
  if (gate !== undefined)
    probeStore({ ...parts, clock: ownClock, gate, key: markerPrefix(path), background: parts.background.run });
  const root = openRoot(parts, resolved.memory?.policy, closing, openSweeper(path, parts));
  return new LarderCache(root, path, defaults, resolved.namespaces) as Cache<Values>;
}

const policies: Readonly<Record<EvictionPolicyName, () => EvictionPolicy>> = {
  'w-tinylfu': () => new WindowTinyLfu(),
  's3-fifo': () => new S3Fifo(),
  lru: () => new LeastRecentlyUsed(),
};

function openMemory(
  { maxEntries, maxBytes, policy }: ResolvedMemoryOptions,
  clock: Clock,
  sharing: SharingMode,
): MemoryStore {
  return new MemoryStore({
    maxEntries,
    maxBytes,
    clock,
    policy: policies[policy](),
    hashKey: keyHasher(randomSeed()),
    copyValue: sharing.copyForReader,
  });
}

function openSharedClock(own: Clock, hub: EventHub, options: ResolvedCacheOptions): SharedClock | undefined {
  const { store, storeTime, storeTimeout: timeout, namespace = '' } = options;
  if (!storeTime || store?.time === undefined) return undefined;
  const untold = (error: unknown) => {
    if (!(error instanceof Error) || error instanceof ClosedError || !hub.listens('store-error')) return;
    hub.report({ type: 'store-error', namespace, operation: 'time', error });
  };
  return new SharedClock({ own, ask: store.time.bind(store), timeout, untold });
}

function openGate(
  store: Store,
  clock: Clock,
  shared: SharedClock | undefined,
  hub: EventHub,
  options: ResolvedCacheOptions,
): StoreGate {
  const namespace = options.namespace ?? '';
  const { failures, pause } = options.circuitBreaker ?? { failures: Number.POSITIVE_INFINITY, pause: 0 };
  const changed = (state: CircuitState) => {
    if (hub.listens('circuit')) hub.report({ type: 'circuit', namespace, store: store.name, state });
  };
  const breaker = new CircuitBreaker({ failures, pause, changed });
  return new StoreGate({ store, clock, shared, timeout: options.storeTimeout, breaker });
}

function openRoot(
  parts: CacheParts,
  policy: EvictionPolicyName | undefined,
  closing: AbortController,
  sweeper: Sweeper | undefined,
): CacheRoot {
  const namespaces = new Map<string, NamespaceParts>();
  const { memory } = parts;
  const root = {
    parts,
    memory: memory === undefined || policy === undefined ? undefined : memoryControl(memory, policy),
    isClosed: false,
    namespace(path: NamespacePath) {
      const prefix = namespacePrefix(path);
      const opened = namespaces.get(prefix) ?? openNamespace(path, parts);
      namespaces.set(prefix, opened);
      return opened;
    },
    async close() {
      root.isClosed = true;
      closing.abort();
      parts.subscriptions.clear();
      await sweeper?.close();
      await parts.background.drained();
      await parts.bus.close();
      parts.memory?.close();
      await parts.gate?.close();
    },
  };
  return root;
}
