import type { PayloadLayers } from '../codecs/payload-layers.js';
import type { Bus } from '../contracts/bus.js';
import type { RefreshAhead } from '../contracts/entry.js';
import type { Leases } from '../contracts/lease.js';
import type { Tiers } from '../contracts/tier.js';
import type { Clock } from '../contracts/time.js';
import {
  displayName,
  leasePrefix,
  loadLeasePrefix,
  markerPrefix,
  type NamespacePath,
  namespacePrefix,
} from '../keys/namespace.js';
import { LoadBackoff } from '../load/load-backoff.js';
import type { LoadKit, LoadRequest } from '../load/load-layer.js';
import { loadPipeline } from '../load/pipeline.js';
import { Refreshes } from '../load/refreshes.js';
import { Locks } from '../locks/locks.js';
import { ReleaseCalls } from '../locks/release-calls.js';
import type { MemoryObserver, MemoryStore } from '../memory/memory-store.js';
import { MemoryTable, type RowJudge } from '../memory/memory-table.js';
import { type ResolvedLeaseOptions, resolveLeaseOptions } from '../options/lease-options.js';
import { Markers } from '../tags/markers.js';
import { StoredMarkers } from '../tags/stored-markers.js';
import { busMember } from '../tiers/bus-member.js';
import { KeyNews } from '../tiers/key-news.js';
import { StoredLoadLeases } from '../tiers/load-leases.js';
import { MemoryLeases } from '../tiers/memory-leases.js';
import { MemoryOnly } from '../tiers/memory-only.js';
import { type MemoryTier, memoryTier, noMemory } from '../tiers/memory-tier.js';
import { StoreBacked } from '../tiers/store-backed.js';
import type { StoreGate } from '../tiers/store-gate.js';
import { StoreOutcomes } from '../tiers/store-outcomes.js';
import { StoreTier } from '../tiers/store-tier.js';
import { StoredLeases } from '../tiers/stored-leases.js';
import type { SharingMode } from '../tiers/value-sharing.js';
import { WriteFence } from '../tiers/write-fence.js';
import type { Background } from './background.js';
import type { Counters } from './counters.js';
import type { EventHub } from './event-hub.js';
import { type NamespaceReport, namespaceReport } from './namespace-report.js';
import type { Stamps } from './stamps.js';

/** What all namespaces of one cache share. */
export interface CacheParts {
  readonly clock: Clock;
  readonly stamps: Stamps;
  readonly sharing: SharingMode;
  readonly memory: MemoryStore | undefined;
  /** The way to the store, if there is one. */
  readonly gate: StoreGate | undefined;
  /** What is done to payloads on their way to the store and back. */
  readonly layers: PayloadLayers;
  readonly onStoreError: 'degrade' | 'throw';
  /** `undefined` where each process loads for itself. */
  readonly lease: ResolvedLeaseOptions | undefined;
  readonly refreshAhead: RefreshAhead;
  readonly random: () => number;
  readonly hub: EventHub;
  readonly counters: Counters;
  readonly background: Background;
  readonly bus: Bus;
  readonly closing: AbortSignal;
}

/** What one namespace has for itself. Two caches of the same path share it, and so agree at once. */
export interface NamespaceParts {
  readonly path: NamespacePath;
  /** What the bus knows the namespace by. */
  readonly prefix: string;
  readonly tiers: Tiers;
  readonly load: (request: LoadRequest) => Promise<unknown>;
  readonly locks: Locks;
  /** To be told what other processes let go of. */
  readonly releaseCalls: ReleaseCalls;
  readonly report: NamespaceReport;
}

/** A marker takes some 150 bytes. */
const markersAtMost = 100_000;

export function openNamespace(path: NamespacePath, cache: CacheParts): NamespaceParts {
  const name = displayName(path);
  const report = namespaceReport(name, cache);
  const tiers = openTiers(path, report, cache);
  const { sharing, clock, random, stamps, closing } = cache;
  const kit: LoadKit = {
    tiers,
    sharing,
    clock,
    random,
    stampAt: (now) => stamps.nextAt(now),
    lease: cache.lease ?? resolveLeaseOptions({}),
    background: cache.background.run,
    closing,
    refreshes: new Refreshes(report, cache.background.run),
    backoff: new LoadBackoff(clock, random),
    report,
  };
  const leases = openLeases(path, cache);
  const releaseCalls = new ReleaseCalls();
  const locks = openLocks(path, leases, releaseCalls, report, cache);
  return { path, prefix: namespacePrefix(path), tiers, load: loadPipeline(kit), locks, releaseCalls, report };
}

function openLeases(path: NamespacePath, { gate, clock, stamps }: CacheParts): Leases {
  if (gate === undefined) return new MemoryLeases(clock);
  const nextVersion = () => stamps.versionOf(stamps.next());
  return new StoredLeases({ gate, prefix: leasePrefix(path), nextVersion });
}

function openLocks(
  path: NamespacePath,
  leases: Leases,
  { onReleased }: ReleaseCalls,
  report: NamespaceReport,
  cache: CacheParts,
): Locks {
  const { clock, random, bus, gate, background, closing } = cache;
  const prefix = namespacePrefix(path);
  return new Locks({
    leases,
    isShared: gate?.store.capabilities?.shared === true,
    clock,
    random,
    onReleased,
    released: (lease) => bus.released(prefix, [lease]),
    storeFailed: (error) => report.storeError('lock', error),
    background: background.run,
    closing,
  });
}

function openTiers(path: NamespacePath, report: NamespaceReport, cache: CacheParts): Tiers {
  const { clock, gate, memory } = cache;
  const namespace = displayName(path);
  const markers = new Markers({ limit: markersAtMost });
  const pruneMemory = (limit: number, now: number) => memory?.prune(limit, now) ?? 0;
  if (gate === undefined) {
    return new MemoryOnly(openMemory(namespace, markers, true, cache), markers, clock, pruneMemory);
  }
  return openStoreBacked(path, gate, markers, pruneMemory, report, cache);
}

function openMemory(namespace: string, judge: RowJudge, isIndexed: boolean, cache: CacheParts): MemoryTier {
  const { memory, stamps, hub } = cache;
  if (memory === undefined) return noMemory;
  const observer: MemoryObserver = {
    evicted(key, reason) {
      if (hub.listens('evict')) hub.report({ type: 'evict', namespace, key, reason });
    },
    expired(key) {
      if (hub.listens('expire')) hub.report({ type: 'expire', namespace, key });
    },
  };
  const table = new MemoryTable(memory, observer, judge, isIndexed);
  return memoryTier(table, (createdAt) => stamps.versionOf(createdAt));
}

function openStoreBacked(
  path: NamespacePath,
  gate: StoreGate,
  known: Markers,
  pruneMemory: (limit: number, now: number) => number,
  report: NamespaceReport,
  cache: CacheParts,
): StoreBacked {
  const { clock, sharing, layers, hub, stamps, bus, lease, onStoreError, refreshAhead, background, closing } = cache;
  const namespace = displayName(path);
  const markers = new StoredMarkers({
    prefix: markerPrefix(path),
    markers: known,
    nextVersion: () => stamps.versionOf(stamps.next()),
    witness: (time) => stamps.witness(time),
    clearedElsewhere: () => memory.clear(),
    recordsMayVanish: gate.store.capabilities?.evicts === true,
  });
  const fence = new WriteFence();
  const news = new KeyNews(clock);
  const judge: RowJudge = {
    get generation() {
      return markers.generation;
    },
    judge: (createdAt, tags) => markers.judgeRow(createdAt, tags),
  };
  const memory = openMemory(namespace, judge, false, cache);
  const store = new StoreTier({
    gate,
    prefix: namespacePrefix(path),
    markers,
    versionOf: (createdAt) => stamps.versionOf(createdAt),
    witness: (createdAt) => stamps.witness(createdAt),
    freeze: sharing.freezesDecoded,
    layers,
    leasePrefix: loadLeasePrefix(path),
    leaseLife: lease?.life ?? 0,
    undecodable(key, reason) {
      if (hub.listens('undecodable')) hub.report({ type: 'undecodable', namespace, key, reason });
    },
  });
  const outcomes = new StoreOutcomes(onStoreError, report);
  const prefix = namespacePrefix(path);
  const leases = new StoredLoadLeases({
    store,
    outcomes,
    news,
    nextToken: () => stamps.versionOf(stamps.next()),
    released(key) {
      news.tell([key]);
      bus.released(prefix, [key]);
    },
  });
  bus.join(prefix, busMember({ memory, markers, fence, news, clock, message() {} }));
  return new StoreBacked({
    memory,
    store,
    fence,
    outcomes,
    leases: lease !== undefined && isShared(gate) ? leases : undefined,
    filled: (key) => bus.filled(prefix, [key]),
    markers,
    clock,
    sharing,
    refreshAhead,
    onStoreError,
    pruneMemory,
    background: background.run,
    closing,
  });
}

/** May another process load what this one wants to? */
function isShared({ store: { capabilities } }: StoreGate): boolean {
  return capabilities?.shared === true && capabilities.atomicWrites;
}
