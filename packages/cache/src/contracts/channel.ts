import type { BusDoubt } from './bus.js';

/** Why messages of other processes may have been missed: see {@link BusDoubt}. */
export type MissedReason = Exclude<BusDoubt, 'records-written'>;

/**
 * Called with every message, once for each, in the order in which its sender published them. What it throws, or rejects
 * with, is swallowed: a listener harms nobody.
 */
export type MessageListener<T> = (message: T) => unknown;

export interface SubscribeOptions {
  /** Takes the listener off when it is aborted. */
  readonly signal?: AbortSignal;
  /**
   * Called when messages of other processes may have been lost since the last message or call of this: look into the
   * source. It comes once soon after the start too, when the bus connects. It may come for nothing, but never too late:
   * whoever missed something is told within three seconds of being connected again.
   */
  readonly missed?: (reason: MissedReason) => unknown;
}
