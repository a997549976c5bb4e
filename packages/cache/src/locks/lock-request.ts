import type { Millis } from '../contracts/time.js';
import type { LockTurn } from './lock-turns.js';

/** One call of `cache.lock`. */
export interface LockRequest {
  /** What the caller calls the lock. */
  readonly name: string;
  /** The name of its lease. */
  readonly lease: string;
  /** Nobody else has this text, nor has another call. */
  readonly holder: string;
  readonly ttl: Millis;
  readonly wait: Millis;
  readonly turn: LockTurn;
  /** Aborted by the caller's signal, when the cache is closed, and when the lock is lost. */
  readonly control: AbortController;
  /** Leaves the queue, and listens to no signal any more. */
  end(): void;
}
