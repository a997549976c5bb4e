import type { Millis } from './time.js';

/** Where an entry was found. */
export type TierName = 'memory' | 'store';

/** Why an entry left the memory tier for space. */
export type EvictionReason = 'entries' | 'bytes' | 'too-large';

/**
 * Everything a cache tells its listeners: one union, told apart by `type`. Values are never part of an event.
 * `namespace` is the path of the cache that the key belongs to, joined with `/`.
 */
export type CacheEvent =
  | { readonly type: 'hit'; readonly namespace: string; readonly key: string; readonly tier: TierName }
  | { readonly type: 'miss'; readonly namespace: string; readonly key: string }
  | { readonly type: 'load'; readonly namespace: string; readonly key: string; readonly millis: number }
  | { readonly type: 'load-error'; readonly namespace: string; readonly key: string; readonly error: unknown }
  | { readonly type: 'set'; readonly namespace: string; readonly key: string; readonly freshUntil: Millis }
  | { readonly type: 'delete'; readonly namespace: string; readonly key: string }
  | { readonly type: 'clear'; readonly namespace: string }
  | { readonly type: 'evict'; readonly namespace: string; readonly key: string; readonly reason: EvictionReason }
  | { readonly type: 'expire'; readonly namespace: string; readonly key: string }
  /** An envelope that this version cannot read: the key was answered as a miss. */
  | { readonly type: 'undecodable'; readonly namespace: string; readonly key: string; readonly reason: string }
  /** A store call failed. With `onStoreError: 'degrade'` the read was a miss, the write was dropped. */
  | { readonly type: 'store-error'; readonly namespace: string; readonly operation: string; readonly error: Error };

export type CacheEventType = CacheEvent['type'];
export type CacheEventOf<Type extends CacheEventType> = Extract<CacheEvent, { readonly type: Type }>;

/** Called with every event of its type. What it throws is swallowed: a listener harms nobody. */
export type CacheListener<Type extends CacheEventType> = (event: CacheEventOf<Type>) => void;

/** Takes facts; null object: {@link CacheListener}s absent. */
export interface Reporter {
  /** False while nobody listens to this type: the caller need not build the event. */
  listens(type: CacheEventType): boolean;
  report(event: CacheEvent): void;
}
