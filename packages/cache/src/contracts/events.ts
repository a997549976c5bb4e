import type { BusDoubt, BusFact } from './bus.js';
import type { Millis } from './time.js';

/** Where an entry was found. */
export type TierName = 'memory' | 'store';

/** Why an entry left the memory tier for space. */
export type EvictionReason = 'entries' | 'bytes' | 'too-large';

/**
 * Why a loader ran: nothing could be served (`miss`), a stale entry is renewed (`stale`), a fresh one is renewed before
 * its end (`early`), or the caller wanted it so (`forced`).
 */
export type LoadReason = 'miss' | 'stale' | 'early' | 'forced';

/**
 * Why a stale value was served: its refresh runs in the background (`refreshing`), failed (`load-failed`), takes longer
 * than the soft timeout (`load-slow`), or is not tried again yet after it failed (`backing-off`).
 */
export type StaleReason = 'refreshing' | 'load-failed' | 'load-slow' | 'backing-off';

/** Calls pass the circuit breaker (`closed`), are refused by it (`open`), or one is let through to see (`half-open`). */
export type CircuitState = 'closed' | 'open' | 'half-open';

/**
 * The bus carries frames (`connected`), or nothing (`disconnected`); a frame could not be sent (`publish-failed`), more
 * waits to be sent than is kept (`overflow`), another process sends what cannot be read (`unreadable`).
 */
export type BusState = BusFact['type'];

/** How many writes of each kind; a clear that took the place of too many writes counts as one. */
export interface RecoveryCounts {
  readonly sets: number;
  readonly deletes: number;
  /** Tags. */
  readonly invalidations: number;
  readonly clears: number;
}

/**
 * Why writes that waited are lost: too many did (`overflow`), the store took them as little as before (`refused`), or
 * the cache was closed (`closed`).
 */
export type RecoveryLoss = 'overflow' | 'refused' | 'closed';

/** What every event about one key says. */
interface KeyEvent {
  /** The path of the cache that the key belongs to, joined with `/`. */
  readonly namespace: string;
  readonly key: string;
}

/** What every event about a whole namespace says. */
interface NamespaceEvent {
  readonly namespace: string;
}

/** Everything a cache tells its listeners: one union, told apart by `type`. Values are never part of an event. */
export type CacheEvent =
  | (KeyEvent & {
      readonly type: 'hit';
      readonly tier: TierName;
      readonly state: 'fresh' | 'stale';
      /** Milliseconds since the write, or the start of the load, that made the entry. */
      readonly age: Millis;
    })
  | (KeyEvent & { readonly type: 'miss' })
  | (KeyEvent & {
      readonly type: 'load';
      readonly reason: LoadReason;
      readonly millis: Millis;
      /** Until when the loaded value is fresh in the cache; `undefined` if it was not cached. */
      readonly freshUntil: Millis | undefined;
    })
  | (KeyEvent & {
      readonly type: 'load-error';
      readonly reason: LoadReason;
      readonly millis: Millis;
      readonly error: unknown;
    })
  /** What was loaded was answered, but not cached: the key was written, or invalidated, since the load began. */
  | (KeyEvent & { readonly type: 'load-overtaken' })
  /** Comes with the `hit` of state `stale` that it explains. */
  | (KeyEvent & { readonly type: 'stale-served'; readonly reason: StaleReason })
  /** A refresh in the background began. */
  | (KeyEvent & { readonly type: 'refresh'; readonly reason: 'stale' | 'early' })
  | (KeyEvent & { readonly type: 'set'; readonly freshUntil: Millis })
  | (KeyEvent & { readonly type: 'delete' })
  /** A live entry got a new life. */
  | (KeyEvent & { readonly type: 'touch'; readonly freshUntil: Millis })
  | (NamespaceEvent & { readonly type: 'invalidate-tags'; readonly tags: readonly string[]; readonly remove: boolean })
  | (NamespaceEvent & { readonly type: 'clear' })
  /**
   * By the bus: another process wrote, touched or deleted these keys, or cached what it had loaded for them. Where the
   * store itself tells of writes, that may have been this process.
   */
  | (NamespaceEvent & { readonly type: 'changed-elsewhere'; readonly keys: readonly string[] })
  /** By the bus: another process invalidated tags. */
  | (NamespaceEvent & {
      readonly type: 'invalidated-elsewhere';
      readonly tags: readonly string[];
      readonly remove: boolean;
    })
  /** By the bus: another process cleared the namespace. */
  | (NamespaceEvent & { readonly type: 'cleared-elsewhere' })
  | (KeyEvent & { readonly type: 'evict'; readonly reason: EvictionReason })
  | (KeyEvent & { readonly type: 'expire' })
  /** An envelope that this version cannot read: the key was answered as a miss. */
  | (KeyEvent & { readonly type: 'undecodable'; readonly reason: string })
  /** A store call failed. With `onStoreError: 'degrade'` the read was a miss, the write was dropped. */
  | (NamespaceEvent & { readonly type: 'store-error'; readonly operation: string; readonly error: Error })
  /**
   * A write did not reach the store: the store may still have what it had before, for other processes. Where the store
   * did not answer, the write waits until it does.
   */
  | (NamespaceEvent & { readonly type: 'write-dropped'; readonly operation: string; readonly keys: readonly string[] })
  /** All writes that had waited for the store have reached it, or need not any more. */
  | (NamespaceEvent & { readonly type: 'recovered' } & RecoveryCounts)
  /** Writes that had waited for the store will not reach it. */
  | (NamespaceEvent & { readonly type: 'recovery-lost'; readonly reason: RecoveryLoss } & RecoveryCounts)
  /** The bus to other processes carries frames, or does not; what was told meanwhile is told later. */
  | (NamespaceEvent & {
      readonly type: 'bus';
      readonly transport: string;
      readonly state: BusState;
      readonly error?: Error;
    })
  /** Something that other processes told may have been missed: memory asks the store before it answers again. */
  | (NamespaceEvent & { readonly type: 'memory-doubted'; readonly reason: BusDoubt })
  /** The circuit breaker before the store changed its state; it is one for all namespaces. */
  | (NamespaceEvent & { readonly type: 'circuit'; readonly store: string; readonly state: CircuitState });

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
