import type { TierName } from '../contracts/events.js';
import type { Store } from '../contracts/store.js';
import type { Tiers } from '../contracts/tier.js';
import type { Clock } from '../contracts/time.js';
import { displayName, type NamespacePath, namespacePrefix } from '../keys/namespace.js';
import type { LoadFn, LoadKit } from '../load/load-layer.js';
import { loadPipeline } from '../load/pipeline.js';
import type { MemoryStore } from '../memory/memory-store.js';
import { MemoryTable } from '../memory/memory-table.js';
import { MemoryOnly } from '../tiers/memory-only.js';
import { type MemoryTier, memoryTier, noMemory } from '../tiers/memory-tier.js';
import { StoreBacked } from '../tiers/store-backed.js';
import { StoreTier } from '../tiers/store-tier.js';
import type { SharingMode } from '../tiers/value-sharing.js';
import type { Counters } from './counters.js';
import type { EventHub } from './event-hub.js';
import type { Stamps } from './stamps.js';

/** What all namespaces of one cache share. */
export interface CacheParts {
  readonly clock: Clock;
  readonly stamps: Stamps;
  readonly sharing: SharingMode;
  readonly memory: MemoryStore | undefined;
  readonly store: Store | undefined;
  readonly onStoreError: 'degrade' | 'throw';
  readonly hub: EventHub;
  readonly counters: Counters;
  readonly closing: AbortSignal;
}

/** What one namespace has for itself. Two caches of the same path share it, and so agree at once. */
export interface NamespaceParts {
  readonly path: NamespacePath;
  readonly tiers: Tiers;
  readonly load: LoadFn;
  readonly report: NamespaceReport;
}

/** Counts and tells what happened to the keys of one namespace. */
export interface NamespaceReport {
  hit(key: string, tier: TierName): void;
  miss(key: string): void;
  load(key: string, millis: number): void;
  loadError(key: string, error: unknown): void;
  set(key: string, freshUntil: number): void;
  delete(key: string): void;
  clear(): void;
  storeError(operation: string, error: Error): void;
}

export function openNamespace(path: NamespacePath, cache: CacheParts): NamespaceParts {
  const name = displayName(path);
  const report = namespaceReport(name, cache);
  const memory = openMemory(name, cache);
  const tiers = openTiers(path, memory, report, cache);
  const { sharing, clock, stamps, closing } = cache;
  const kit: LoadKit = { tiers, sharing, clock, nextStamp: () => stamps.next(), closing, report };
  return { path, tiers, load: loadPipeline(kit), report };
}

function openMemory(namespace: string, { memory, stamps, hub }: CacheParts): MemoryTier {
  if (memory === undefined) return noMemory;
  const table = new MemoryTable(memory, {
    evicted(key, reason) {
      if (hub.listens('evict')) hub.report({ type: 'evict', namespace, key, reason });
    },
    expired(key) {
      if (hub.listens('expire')) hub.report({ type: 'expire', namespace, key });
    },
  });
  return memoryTier(table, (createdAt) => stamps.versionOf(createdAt));
}

function openTiers(path: NamespacePath, memory: MemoryTier, report: NamespaceReport, cache: CacheParts): Tiers {
  const { clock, sharing, store, hub, onStoreError } = cache;
  const pruneMemory = (limit: number, now: number) => cache.memory?.prune(limit, now) ?? 0;
  if (store === undefined) return new MemoryOnly(memory, clock, pruneMemory);
  const namespace = displayName(path);
  const storeTier = new StoreTier({
    store,
    prefix: namespacePrefix(path),
    clock,
    versionOf: (createdAt) => cache.stamps.versionOf(createdAt),
    freeze: sharing.freezesDecoded,
    undecodable(key, reason) {
      if (hub.listens('undecodable')) hub.report({ type: 'undecodable', namespace, key, reason });
    },
  });
  const reportStoreError = (operation: string, error: Error) => report.storeError(operation, error);
  return new StoreBacked({ memory, store: storeTier, clock, sharing, onStoreError, pruneMemory, reportStoreError });
}

function namespaceReport(namespace: string, { hub, counters }: CacheParts): NamespaceReport {
  return {
    hit(key, tier) {
      counters.hits++;
      if (hub.listens('hit')) hub.report({ type: 'hit', namespace, key, tier });
    },
    miss(key) {
      counters.misses++;
      if (hub.listens('miss')) hub.report({ type: 'miss', namespace, key });
    },
    load(key, millis) {
      counters.loads++;
      if (hub.listens('load')) hub.report({ type: 'load', namespace, key, millis });
    },
    loadError(key, error) {
      counters.loadErrors++;
      if (hub.listens('load-error')) hub.report({ type: 'load-error', namespace, key, error });
    },
    set(key, freshUntil) {
      counters.sets++;
      if (hub.listens('set')) hub.report({ type: 'set', namespace, key, freshUntil });
    },
    delete(key) {
      counters.deletes++;
      if (hub.listens('delete')) hub.report({ type: 'delete', namespace, key });
    },
    clear() {
      if (hub.listens('clear')) hub.report({ type: 'clear', namespace });
    },
    storeError(operation, error) {
      counters.storeErrors++;
      if (hub.listens('store-error')) hub.report({ type: 'store-error', namespace, operation, error });
    },
  };
}
