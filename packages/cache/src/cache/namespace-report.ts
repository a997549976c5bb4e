import type { Entry } from '../contracts/entry.js';
import type { LoadReason, StaleReason, TierName } from '../contracts/events.js';
import type { StoreReport } from '../contracts/tier.js';
import type { Clock, Millis } from '../contracts/time.js';
import type { LoadReport } from '../load/load-layer.js';
import type { ElsewhereReport } from '../tiers/bus-member.js';
import type { Counters } from './counters.js';
import type { EventHub } from './event-hub.js';

/** Counts and tells what happened to the keys of one namespace. No event is built that nobody listens to. */
export interface NamespaceReport extends LoadReport, StoreReport, ElsewhereReport {
  set(key: string, freshUntil: Millis): void;
  delete(key: string): void;
  touch(key: string, freshUntil: Millis): void;
  invalidateTags(tags: readonly string[], remove: boolean): void;
  clear(): void;
}

export interface ReportParts {
  readonly hub: EventHub;
  readonly counters: Counters;
  readonly clock: Clock;
}

export function namespaceReport(namespace: string, { hub, counters, clock }: ReportParts): NamespaceReport {
  return {
    hit(key: string, tier: TierName, entry: Pick<Entry, 'createdAt'>, state: 'fresh' | 'stale') {
      counters.hits++;
      if (tier === 'store') counters.storeHits++;
      if (!hub.listens('hit')) return;
      const age = Math.max(0, clock.now() - entry.createdAt);
      hub.report({ type: 'hit', namespace, key, tier, state, age });
    },
    miss(key) {
      counters.misses++;
      if (hub.listens('miss')) hub.report({ type: 'miss', namespace, key });
    },
    load(key, reason: LoadReason, millis, freshUntil) {
      counters.loads++;
      if (hub.listens('load')) hub.report({ type: 'load', namespace, key, reason, millis, freshUntil });
    },
    loadError(key, reason: LoadReason, millis, error) {
      counters.loadErrors++;
      if (hub.listens('load-error')) hub.report({ type: 'load-error', namespace, key, reason, millis, error });
    },
    loadOvertaken(key) {
      if (hub.listens('load-overtaken')) hub.report({ type: 'load-overtaken', namespace, key });
    },
    staleServed(key, reason: StaleReason) {
      counters.staleHits++;
      if (hub.listens('stale-served')) hub.report({ type: 'stale-served', namespace, key, reason });
    },
    refresh(key, reason) {
      counters.refreshes++;
      if (hub.listens('refresh')) hub.report({ type: 'refresh', namespace, key, reason });
    },
    set(key, freshUntil) {
      counters.sets++;
      if (hub.listens('set')) hub.report({ type: 'set', namespace, key, freshUntil });
    },
    delete(key) {
      counters.deletes++;
      if (hub.listens('delete')) hub.report({ type: 'delete', namespace, key });
    },
    touch(key, freshUntil) {
      if (hub.listens('touch')) hub.report({ type: 'touch', namespace, key, freshUntil });
    },
    invalidateTags(tags, remove) {
      if (hub.listens('invalidate-tags')) hub.report({ type: 'invalidate-tags', namespace, tags, remove });
    },
    clear() {
      if (hub.listens('clear')) hub.report({ type: 'clear', namespace });
    },
    changedElsewhere(keys) {
      if (hub.listens('changed-elsewhere')) hub.report({ type: 'changed-elsewhere', namespace, keys });
    },
    invalidatedElsewhere(tags, remove) {
      if (hub.listens('invalidated-elsewhere')) hub.report({ type: 'invalidated-elsewhere', namespace, tags, remove });
    },
    clearedElsewhere() {
      if (hub.listens('cleared-elsewhere')) hub.report({ type: 'cleared-elsewhere', namespace });
    },
    storeError(operation, error) {
      counters.storeErrors++;
      if (hub.listens('store-error')) hub.report({ type: 'store-error', namespace, operation, error });
    },
    writeDropped(operation, keys) {
      // An invalidation names no keys.
      counters.droppedWrites += Math.max(1, keys.length);
      if (hub.listens('write-dropped')) hub.report({ type: 'write-dropped', namespace, operation, keys });
    },
    recovered(counts) {
      counters.recoveredWrites += counts.sets + counts.deletes + counts.invalidations + counts.clears;
      if (hub.listens('recovered')) hub.report({ type: 'recovered', namespace, ...counts });
    },
    recoveryLost(reason, counts) {
      if (hub.listens('recovery-lost')) hub.report({ type: 'recovery-lost', namespace, reason, ...counts });
    },
  };
}
