import type { Cache } from '@larder/cache';
import type { Tenant, TenantCounters } from '../tenants/tenant.js';
import type { KeyTypeCounts } from './key-types.js';
import { counter, gauge, type Metric } from './prometheus-text.js';

const tenantCounters: readonly { readonly name: string; readonly help: string; readonly of: keyof TenantCounters }[] = [
  { name: 'larder_hits_total', help: 'Reads that found an entry.', of: 'hits' },
  { name: 'larder_misses_total', help: 'Reads that found none.', of: 'misses' },
  { name: 'larder_writes_total', help: 'Entries written, and counters incremented.', of: 'writes' },
  { name: 'larder_deletes_total', help: 'Entries deleted.', of: 'deletes' },
];

/** What tenants did: their sum, or, where that is wanted, each tenant by itself. */
export function tenantMetrics(tenants: readonly Tenant[], byTenant: boolean): readonly Metric[] {
  return tenantCounters.map(({ name, help, of }) => {
    const each = tenants.map(({ id, counters }) => ({ labels: { tenant: id }, value: counters[of] }));
    return counter(name, help, byTenant ? each : each.reduce((sum, { value }) => sum + value, 0));
  });
}

/** What became of it in memory and in the store, of all tenants together. */
export function entryMetrics(entries: Pick<Cache, 'stats' | 'memory'>): readonly Metric[] {
  const { hits, storeHits, storeErrors, droppedWrites } = entries.stats();
  const memory = entries.memory?.inspect();
  const tiers = [
    { labels: { tier: 'memory' }, value: hits - storeHits },
    { labels: { tier: 'store' }, value: storeHits },
  ];
  const metrics = [
    counter('larder_tier_hits_total', 'Lookups that found an entry, by where it was.', tiers),
    counter('larder_store_errors_total', 'Calls to the store that failed.', storeErrors),
    counter('larder_dropped_writes_total', 'Writes that did not reach the store.', droppedWrites),
  ];
  if (memory === undefined) return metrics;
  const evictions = Object.entries(memory.evictions).map(([reason, value]) => ({ labels: { reason }, value }));
  return [
    ...metrics,
    counter('larder_evictions_total', 'Entries that left memory for space.', evictions),
    counter('larder_expirations_total', 'Entries that left memory by time.', memory.expirations),
    gauge('larder_memory_entries', 'Entries in memory.', memory.entries),
    gauge('larder_memory_bytes', 'Estimated bytes of entries in memory.', memory.bytes),
    gauge('larder_memory_max_bytes', 'The most bytes of entries that memory may hold.', memory.maxBytes),
  ];
}

/** Nothing where no types are configured. */
export function keyTypeMetrics(keyTypes: KeyTypeCounts): readonly Metric[] {
  const types = keyTypes.read();
  if (types.length === 0) return [];
  const samples = (of: 'hits' | 'misses') => types.map((row) => ({ labels: { key_type: row.type }, value: row[of] }));
  return [
    counter('larder_key_type_hits_total', 'Reads that found an entry, by the type of its key.', samples('hits')),
    counter('larder_key_type_misses_total', 'Reads that found none, by the type of the key.', samples('misses')),
  ];
}
