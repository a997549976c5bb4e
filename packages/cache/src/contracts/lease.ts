import type { Version } from './entry.js';
import type { Duration, Millis } from './time.js';

/**
 * Rights that one holder at a time has, each under a name, until they end or are let go of. A holder is a text that
 * nobody else uses. Calls reject where nobody can say: a right is never assumed. Whoever uses leases for something of
 * its own begins their names with a word of its own, such as `lock:`.
 */
export interface Leases {
  /**
   * Gets the right if nobody has it, or if `holder` has it already, so that a take whose answer was lost can be asked
   * again. A take that rejects may yet come about: `release` undoes it.
   */
  take(name: string, holder: string, life: Millis): Promise<LeaseAnswer>;
  /** A longer life, from the time of the call on, for a right that `holder` still has; false if it was lost. */
  extend(name: string, holder: string, life: Millis): Promise<boolean>;
  /**
   * Lets go of it, if `holder` still has it; never of anybody else's. Answers whether it did, also where it did so at an
   * earlier call whose answer was lost. False: the right was lost before.
   */
  release(name: string, holder: string): Promise<boolean>;
}

export type LeaseAnswer =
  /**
   * The token is greater than that of any holder before: what they still send can be told from this holder's. `until`
   * counts from before the request was sent, and others get the right only some time after it.
   */
  | { readonly isHeld: true; readonly fencingToken: number; readonly until: Millis }
  /** Somebody else has it, until then at the longest unless they extend it. */
  | { readonly isHeld: false; readonly until: Millis };

/**
 * Rights of one namespace for callers whose work outlives a call, such as a lock that is taken in one request and let go
 * of in another. They are as safe as {@link Leases}, and no lock of `cache.lock` meets them.
 */
export interface NamedLeases {
  /**
   * Gets the right for as long as `ttl` says, if nobody has it, or if `holder` has it already. `holder` is a text that
   * nobody else uses or can guess. A take that rejects may yet come about: `release` undoes it.
   */
  take(name: string, holder: string, ttl: Duration): Promise<LeaseAnswer>;
  /** At least this long from now on, for a right that `holder` still has; never shorter than before. False if it was lost. */
  extend(name: string, holder: string, ttl: Duration): Promise<boolean>;
  /** Lets go of it, if `holder` still has it; never of anybody else's. False: it was lost before. */
  release(name: string, holder: string): Promise<boolean>;
}

/** The right to load keys of one namespace, among all processes that share a store. */
export interface LoadLeases {
  /**
   * Asks for the right to load `key`, in a load that began at `startedAt`. `seen` is what was in the store a moment
   * ago, as far as anybody has looked. Whoever is forced to load gets it in any case.
   */
  take(key: string, startedAt: Millis, seen: SeenInStore, isForced: boolean): Promise<LoadLeaseAnswer>;
  /** Until something happens to the key, or this time has passed, or `signal` aborts. Never rejects. */
  wait(key: string, millis: Millis, signal: AbortSignal): Promise<void>;
}

/** An entry of this version, nothing, or nobody has looked. */
export type SeenInStore = { readonly version: Version } | 'nothing' | 'unknown';

export type LoadLeaseAnswer =
  | { readonly kind: 'held'; readonly lease: LoadLease }
  /** Somebody else loads, until then at the longest unless they extend it. */
  | { readonly kind: 'taken'; readonly until: Millis }
  /** Somebody else has loaded. */
  | { readonly kind: 'found' }
  /** The store cannot say. */
  | { readonly kind: 'unknown' };

/** What was loaded may be stored as long as this is still so. */
export interface LoadGuard {
  /** It stands in the store. */
  readonly version: Version;
  /** The invalidations of tags that were known before the load began. */
  readonly generation: number;
}

export interface LoadLease {
  readonly guard: LoadGuard;
  /** Storing what was loaded is letting go. */
  readonly endsWithStoring: boolean;
  /** False if it was lost; `undefined` if the store cannot say. Never rejects. */
  extend(): Promise<boolean | undefined>;
  /** Never rejects. */
  release(): Promise<void>;
}
