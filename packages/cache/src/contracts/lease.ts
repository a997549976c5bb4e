import type { Millis } from './time.js';

/**
 * Rights that one holder at a time has, each under a name, until they end or are let go of. A holder is a text that
 * nobody else uses. Calls reject where nobody can say: a right is never assumed.
 */
export interface Leases {
  /** Gets the right if nobody has it, or if `holder` has it already. */
  take(name: string, holder: string, life: Millis): Promise<LeaseAnswer>;
  /** A longer life for a right that `holder` still has; false if it was lost. */
  extend(name: string, holder: string, life: Millis): Promise<boolean>;
  /** Lets go of it, if `holder` still has it; never of anybody else's. Answers whether it was. */
  release(name: string, holder: string): Promise<boolean>;
}

export type LeaseAnswer =
  /** The token is greater than that of any holder before: what they still send can be told from this holder's. */
  | { readonly isHeld: true; readonly fencingToken: number; readonly until: Millis }
  /** Somebody else has it, until then at the longest unless they extend it. */
  | { readonly isHeld: false; readonly until: Millis };

/** The right to load one key, among all processes that share a store. */
export interface ClusterLease {
  /** Runs `load` while this process holds the right, or knows that it cannot be had; lets go on every exit. */
  hold<T>(key: string, signal: AbortSignal, load: () => Promise<T>): Promise<T>;
}
