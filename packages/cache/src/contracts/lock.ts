import type { Duration } from './time.js';

export interface LockOptions {
  /**
   * How long the lock outlives a holder that dies or loses its way to the store. While the work goes on it is extended,
   * every third of this, so that it need not be as long as the work. At least `'100ms'`. Default `'10s'`.
   */
  readonly ttl?: Duration;
  /**
   * How long to wait for the lock: `'0ms'` tries once, `'never'` waits without an end. Default `'15s'`, longer than the
   * default `ttl`, so that the death of a holder costs the next one time and no error.
   */
  readonly wait?: Duration;
  /** Gives up waiting; while the lock is held, the `signal` of the work is aborted with it. */
  readonly signal?: AbortSignal;
}

/** What the work under a lock is told. */
export interface LockContext {
  /** Greater than that of any holder before, for the resource to refuse smaller ones; a safe integer. */
  readonly fencingToken: number;
  /**
   * Aborted when the lock is lost (its reason is then a `LockLostError`), when the caller's own signal is, and when the
   * cache is closed: stop writing.
   */
  readonly signal: AbortSignal;
}
