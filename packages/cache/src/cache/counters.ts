import type { CacheStats } from '../contracts/cache.js';
import type { EvictionReason } from '../contracts/events.js';

/** Counts of one cache and all its namespaces: plain fields, because the hot path adds to them. */
export class Counters {
  hits = 0;
  storeHits = 0;
  misses = 0;
  sets = 0;
  deletes = 0;
  loads = 0;
  loadErrors = 0;
  storeErrors = 0;
  staleHits = 0;
  refreshes = 0;
  droppedWrites = 0;
  recoveredWrites = 0;
}

/** What the memory store counts for itself. */
interface MemoryFigures {
  readonly entries: number;
  readonly bytes: number;
  readonly evictions: Readonly<Record<EvictionReason, number>>;
  readonly expirations: number;
}

const noMemoryFigures = Object.freeze({ entries: 0, bytes: 0, evictions: 0, expirations: 0 });

export function snapshot(counters: Counters, memory: MemoryFigures | undefined): CacheStats {
  return Object.freeze({ ...counters, memory: figuresOf(memory) });
}

function figuresOf(memory: MemoryFigures | undefined): CacheStats['memory'] {
  if (memory === undefined) return noMemoryFigures;
  const { entries, bytes, evictions, expirations } = memory;
  const total = evictions.entries + evictions.bytes + evictions['too-large'];
  return Object.freeze({ entries, bytes, evictions: total, expirations });
}
