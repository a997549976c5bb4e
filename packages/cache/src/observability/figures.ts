import type { CacheStats, MemoryInspection } from '../contracts/cache.js';
import type { ReportedCache } from './listen.js';

/** A number that the cache keeps anyway, and that is read when somebody looks. */
export interface Figure {
  /** Words joined with dots and underscores; each system of metrics joins them in its own way. */
  readonly name: string;
  readonly kind: 'counter' | 'gauge';
  readonly help: string;
  readonly read: (stats: CacheStats, memory: MemoryInspection | undefined) => FigureValue;
}

/** A number, or one for each reason, or nothing where there is no such thing. */
type FigureValue = number | Readonly<Record<string, number>> | undefined;

export interface Reading {
  readonly value: number;
  readonly reason?: string;
}

export const figures: readonly Figure[] = [
  counter('hits', 'Reads that the cache answered, stale answers included.', (stats) => stats.hits),
  counter('misses', 'Reads that the cache could not answer.', (stats) => stats.misses),
  counter('stale_hits', 'Hits that were answered with a stale value.', (stats) => stats.staleHits),
  counter('loads', 'Loads that answered.', (stats) => stats.loads),
  counter('load_errors', 'Loads that failed.', (stats) => stats.loadErrors),
  counter('refreshes', 'Refreshes in the background that were begun.', (stats) => stats.refreshes),
  counter('sets', 'Entries written, other than by a load.', (stats) => stats.sets),
  counter('deletes', 'Entries deleted.', (stats) => stats.deletes),
  counter('store_errors', 'Store calls that failed.', (stats) => stats.storeErrors),
  counter('dropped_writes', 'Writes that did not reach the store.', (stats) => stats.droppedWrites),
  counter('recovered_writes', 'Writes that reached the store later on.', (stats) => stats.recoveredWrites),
  counter('evictions', 'Entries that left memory for space, by reason.', (_, memory) => memory?.evictions),
  counter('expirations', 'Entries that left memory by time.', (_, memory) => memory?.expirations),
  gauge('memory.entries', 'Entries in memory.', (_, memory) => memory?.entries),
  gauge('memory.bytes', 'Estimated bytes in memory.', (_, memory) => memory?.bytes),
  gauge('memory.max_entries', 'The most entries that memory may hold.', (_, memory) => memory?.maxEntries),
  gauge('memory.max_bytes', 'The most bytes that memory may hold.', (_, memory) => memory?.maxBytes),
];

export function readFigure(figure: Figure, cache: ReportedCache): readonly Reading[] {
  const value = figure.read(cache.stats(), cache.memory?.inspect());
  if (value === undefined) return [];
  if (typeof value === 'number') return [{ value }];
  return Object.entries(value).map(([reason, count]) => ({ value: count, reason }));
}

function counter(name: string, help: string, read: Figure['read']): Figure {
  return { name, kind: 'counter', help, read };
}

function gauge(name: string, help: string, read: Figure['read']): Figure {
  return { name, kind: 'gauge', help, read };
}
