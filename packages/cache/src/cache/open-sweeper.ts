import { Sweeper } from '../expiry/sweeper.js';
import { displayName, type NamespacePath, subtreePrefix } from '../keys/namespace.js';
import type { CacheParts } from './cache-parts.js';
import { namespaceReport } from './namespace-report.js';
import { openLeases } from './open-leases.js';

/** Tells of the ends of entries, where the cache has a store and is asked to; `undefined` otherwise. */
export function openSweeper(path: NamespacePath, cache: CacheParts): Sweeper | undefined {
  const { gate, clock, hub, background, tellsExpiry } = cache;
  if (gate === undefined || !tellsExpiry) return undefined;
  const report = namespaceReport(displayName(path), cache);
  const sweeper = new Sweeper({
    prefix: subtreePrefix(path),
    leases: openLeases(path, cache),
    call: (work) => gate.call(work),
    clock,
    isWanted: () => hub.listens('expire'),
    tell: (namespace, key) => hub.report({ type: 'expire', namespace, key }),
    failed: (error) => report.storeError('expire', error),
    background: background.run,
  });
  sweeper.start();
  return sweeper;
}
