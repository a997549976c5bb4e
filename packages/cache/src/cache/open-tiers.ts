import type { BusMember } from '../contracts/bus.js';
import type { Tiers } from '../contracts/tier.js';
import type { Millis } from '../contracts/time.js';
import { displayName, loadLeasePrefix, markerPrefix, type NamespacePath, namespacePrefix } from '../keys/namespace.js';
import type { MemoryObserver } from '../memory/memory-store.js';
import { MemoryTable, type RowJudge } from '../memory/memory-table.js';
import { Markers } from '../tags/markers.js';
import { StoredMarkers } from '../tags/stored-markers.js';
import { busMember } from '../tiers/bus-member.js';
import { StoredLoadLeases } from '../tiers/load-leases.js';
import { MemoryOnly } from '../tiers/memory-only.js';
import { type MemoryTier, memoryTier, noMemory } from '../tiers/memory-tier.js';
import type { NameNews } from '../tiers/name-news.js';
import { noRecovery, type Recovery } from '../tiers/recovery.js';
import { StoreBacked } from '../tiers/store-backed.js';
import type { StoreGate } from '../tiers/store-gate.js';
import { StoreOutcomes } from '../tiers/store-outcomes.js';
import { StoreTier } from '../tiers/store-tier.js';
import { WriteFence } from '../tiers/write-fence.js';
import { WriteOrder } from '../tiers/write-order.js';
import { WriteRecovery, type WriteRecoveryParts } from '../tiers/write-recovery.js';
import type { CacheParts } from './cache-parts.js';
import type { NamespaceReport } from './namespace-report.js';

export interface TiersRequest {
  readonly path: NamespacePath;
  readonly cache: CacheParts;
  readonly report: NamespaceReport;
  /** Is told of what other processes did to keys and leases. */
  readonly news: NameNews;
  readonly message: BusMember['message'];
}

/** A marker takes some 150 bytes. */
const markersAtMost = 100_000;

/** Opens the tiers of one namespace, and has them hear what other processes tell of it. */
export function openTiers(request: TiersRequest): Tiers {
  const { gate } = request.cache;
  return gate === undefined ? openMemoryOnly(request) : openStoreBacked(request, gate);
}

function openMemoryOnly({ path, cache, report, news, message }: TiersRequest): MemoryOnly {
  const { clock, bus } = cache;
  const markers = new Markers({ limit: markersAtMost });
  const memory = openMemory(path, markers, true, cache);
  const fence = new WriteFence(cache.doubts);
  const invalidated: MarkerSink = (tags, marker) => {
    for (const tag of tags) markers.raise(tag, marker);
  };
  const cleared = () => {};
  const wake = (names: readonly string[]) => news.tell(names);
  const overtaken = () => {};
  const member = { memory, fence, clock, invalidated, cleared, overtaken, wake, report, message };
  bus.join(namespacePrefix(path), busMember(member));
  return new MemoryOnly({ memory, markers, fence, clock, prune: pruneOf(cache) });
}

type MarkerSink = Parameters<typeof busMember>[0]['invalidated'];

function openStoreBacked({ path, cache, report, news, message }: TiersRequest, gate: StoreGate): StoreBacked {
  const { clock, stamps, bus, sharing, onStoreError, refreshAhead, background, closing } = cache;
  const prefix = namespacePrefix(path);
  const known = new Markers({ limit: markersAtMost });
  const markers = openStoredMarkers(path, gate, known, cache, () => memory.clear());
  const memory = openMemory(path, judgeOf(markers), false, cache);
  const store = openStoreTier(path, gate, markers, cache);
  const outcomes = new StoreOutcomes(onStoreError, report);
  const fence = new WriteFence(cache.doubts);
  const invalidated: MarkerSink = (tags, marker) => markers.raiseHere(tags, marker);
  const cleared = (time: Millis) => markers.heardOfClear(time);
  const wake = (names: readonly string[]) => news.tell(names);
  const order = new WriteOrder();
  const recovery = openRecovery({ prefix, gate, store, memory, markers, order, fence, report, cache });
  const overtaken = recovery.overtaken.bind(recovery);
  bus.join(prefix, busMember({ memory, fence, clock, invalidated, cleared, overtaken, wake, report, message }));
  // What was invalidated moves along with what is in memory, and what is being loaded is not stored: it is dated wrong.
  cache.sharedClock?.onStep((by, isFirst) => {
    if (!isFirst) return;
    known.shiftTimes(by);
    recovery.shiftTimes(by);
    fence.touchAll();
  });
  return new StoreBacked({
    memory,
    store,
    fence,
    outcomes,
    order,
    recovery,
    nextStamp: () => stamps.next(),
    leases: openLoadLeases(prefix, store, outcomes, news, known, recovery, gate, cache),
    filled: (key) => bus.filled(prefix, [key]),
    uncertain: (keys) => bus.changed(prefix, keys),
    markers,
    clock,
    sharing,
    refreshAhead,
    onStoreError,
    pruneMemory: pruneOf(cache),
    background: background.run,
    closing,
  });
}

function openStoredMarkers(
  path: NamespacePath,
  gate: StoreGate,
  known: Markers,
  { stamps }: CacheParts,
  clearedElsewhere: () => void,
): StoredMarkers {
  return new StoredMarkers({
    prefix: markerPrefix(path),
    markers: known,
    nextVersion: () => stamps.versionOf(stamps.next()),
    witness: (time) => stamps.witness(time),
    clearedElsewhere,
    recordsMayVanish: gate.store.capabilities?.evicts === true,
  });
}

function openStoreTier(path: NamespacePath, gate: StoreGate, markers: StoredMarkers, cache: CacheParts): StoreTier {
  const { sharing, layers, lease, hub, stamps, tellsExpiry } = cache;
  const namespace = displayName(path);
  return new StoreTier({
    gate,
    prefix: namespacePrefix(path),
    markers,
    versionOf: (createdAt) => stamps.versionOf(createdAt),
    witness: (createdAt) => stamps.witness(createdAt),
    nextStamp: () => stamps.next(),
    freeze: sharing.freezesDecoded,
    layers,
    tellsExpiry,
    leasePrefix: loadLeasePrefix(path),
    leaseLife: lease?.life ?? 0,
    undecodable(key, reason) {
      if (hub.listens('undecodable')) hub.report({ type: 'undecodable', namespace, key, reason });
    },
  });
}

/** None where no other process can load what this one wants to. */
function openLoadLeases(
  prefix: string,
  store: StoreTier,
  outcomes: StoreOutcomes,
  news: NameNews,
  known: Markers,
  recovery: Recovery,
  gate: StoreGate,
  { lease, stamps, bus }: CacheParts,
): StoredLoadLeases | undefined {
  const { capabilities } = gate.store;
  if (lease === undefined || capabilities?.shared !== true || !capabilities.atomicWrites) return undefined;
  const nextToken = () => stamps.versionOf(stamps.next());
  const released = (key: string) => {
    news.tell([key]);
    bus.released(prefix, [key]);
  };
  const settle = recovery.settle.bind(recovery);
  const generation = () => known.generation;
  return new StoredLoadLeases({ store, outcomes, news, nextToken, generation, settle, released });
}

interface RecoveryRequest
  extends Pick<WriteRecoveryParts, 'gate' | 'store' | 'memory' | 'markers' | 'order' | 'fence' | 'report'> {
  readonly prefix: string;
  readonly cache: CacheParts;
}

/** None where the caller is told of each failure. */
function openRecovery({ prefix, cache, ...request }: RecoveryRequest): Recovery {
  const { clock, ownClock, random, sharing, stamps, bus, doubts, background, closing, onStoreError } = cache;
  if (onStoreError === 'throw') return noRecovery;
  const hearsOthers = bus.isThere && request.gate.store.capabilities?.shared === true;
  return new WriteRecovery({
    ...request,
    clock,
    ownClock,
    random,
    sharing,
    versionOf: (createdAt) => stamps.versionOf(createdAt),
    news: hearsOthers ? doubts : undefined,
    replayed: (keys) => bus.filled(prefix, keys),
    cleared: (time) => bus.cleared(prefix, time),
    background: background.run,
    closing,
  });
}

function openMemory(path: NamespacePath, judge: RowJudge, isIndexed: boolean, cache: CacheParts): MemoryTier {
  const { memory, stamps, hub, tellsExpiry } = cache;
  if (memory === undefined) return noMemory;
  const namespace = displayName(path);
  const observer: MemoryObserver = {
    evicted(key, reason) {
      if (hub.listens('evict')) hub.report({ type: 'evict', namespace, key, reason });
    },
    expired(key) {
      if (!tellsExpiry && hub.listens('expire')) hub.report({ type: 'expire', namespace, key });
    },
  };
  const table = new MemoryTable(memory, observer, judge, isIndexed);
  return memoryTier(table, (createdAt) => stamps.versionOf(createdAt));
}

function judgeOf(markers: StoredMarkers): RowJudge {
  return {
    get generation() {
      return markers.generation;
    },
    judge: (createdAt, tags) => markers.judgeRow(createdAt, tags),
  };
}

function pruneOf({ memory }: CacheParts): (limit: number, now: Millis) => number {
  return (limit, now) => memory?.prune(limit, now) ?? 0;
}
