import type { Cache } from '../contracts/cache.js';
import type { CacheEventType, CacheListener } from '../contracts/events.js';

/** All that a reporter asks of a cache. Any `Cache<Values>` is one. */
export type ReportedCache = Pick<Cache, 'on' | 'stats' | 'memory'>;

/** At most one listener for each type of event. */
export type Listeners = { readonly [Type in CacheEventType]?: CacheListener<Type> };

/** Listens with all of them; the answer takes all of them off again, and does nothing when called twice. */
export function listen(cache: ReportedCache, ...groups: readonly Listeners[]): () => void {
  const stops = groups
    .flatMap((listeners) => Object.entries(listeners))
    .map(([type, listener]) => cache.on(type as CacheEventType, listener as CacheListener<CacheEventType>));
  return () => {
    for (const stop of stops.splice(0)) stop();
  };
}
