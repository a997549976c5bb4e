import type { Leases } from '../contracts/lease.js';
import { leasePrefix, type NamespacePath } from '../keys/namespace.js';
import { MemoryLeases } from '../tiers/memory-leases.js';
import { StoredLeases } from '../tiers/stored-leases.js';
import type { CacheParts } from './cache-parts.js';

/** The named rights of one namespace: in its store, or in this process where there is none. */
export function openLeases(path: NamespacePath, { gate, clock, stamps }: CacheParts): Leases {
  if (gate === undefined) return new MemoryLeases(clock);
  const nextVersion = () => stamps.versionOf(stamps.next());
  return new StoredLeases({ gate, prefix: leasePrefix(path), nextVersion });
}
