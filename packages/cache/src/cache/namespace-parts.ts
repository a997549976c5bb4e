import { Channels } from '../channels/channels.js';
import type { Leases } from '../contracts/lease.js';
import type { Tiers } from '../contracts/tier.js';
import { displayName, type NamespacePath, namespacePrefix } from '../keys/namespace.js';
import { LoadBackoff } from '../load/load-backoff.js';
import type { LoadKit, LoadRequest } from '../load/load-layer.js';
import { loadPipeline } from '../load/pipeline.js';
import { Refreshes } from '../load/refreshes.js';
import { Locks } from '../locks/locks.js';
import { resolveLeaseOptions } from '../options/lease-options.js';
import { NameNews } from '../tiers/name-news.js';
import type { CacheParts } from './cache-parts.js';
import { type NamespaceReport, namespaceReport } from './namespace-report.js';
import { openLeases } from './open-leases.js';
import { openTiers } from './open-tiers.js';

/** What one namespace has for itself. Two caches of the same path share it, and so agree at once. */
export interface NamespaceParts {
  readonly path: NamespacePath;
  /** What the bus knows the namespace by. */
  readonly prefix: string;
  readonly tiers: Tiers;
  readonly load: (request: LoadRequest) => Promise<unknown>;
  readonly leases: Leases;
  readonly locks: Locks;
  readonly channels: Channels;
  readonly report: NamespaceReport;
}

export function openNamespace(path: NamespacePath, cache: CacheParts): NamespaceParts {
  const name = displayName(path);
  const report = namespaceReport(name, cache);
  const news = new NameNews(cache.clock);
  const channels = openChannels(path, cache);
  const tiers = openTiers({
    path,
    cache,
    report,
    news,
    message: (channel, message) => channels.heard(channel, message),
  });
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
    backoff: new LoadBackoff(cache.ownClock, random),
    report,
  };
  const leases = openLeases(path, cache);
  const locks = openLocks(path, leases, news, report, cache);
  return { path, prefix: namespacePrefix(path), tiers, load: loadPipeline(kit), leases, locks, channels, report };
}

function openChannels(path: NamespacePath, { bus, gate, subscriptions, messageCodec }: CacheParts): Channels {
  return new Channels({ path, bus, store: gate?.store, subscriptions, codec: messageCodec });
}

function openLocks(
  path: NamespacePath,
  leases: Leases,
  news: NameNews,
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
    onReleased: news.on,
    released: (lease) => bus.released(prefix, [lease]),
    storeFailed: (error) => report.storeError('lock', error),
    background: background.run,
    closing,
  });
}
