import type { Leases } from '../contracts/lease.js';
import type { Clock } from '../contracts/time.js';

/** What the locks of a namespace are made of. */
export interface LockKit {
  readonly leases: Leases;
  /** Other processes may want the same locks. */
  readonly isShared: boolean;
  readonly clock: Clock;
  readonly random: () => number;
  /** Calls `wake` whenever another process let go of `lease`, until the answer is called. */
  readonly onReleased: (lease: string, wake: () => void) => () => void;
  /** Tells the other processes. */
  readonly released: (lease: string) => void;
  readonly storeFailed: (error: Error) => void;
  /** What `close()` waits for. */
  readonly background: (work: Promise<unknown>) => void;
  readonly closing: AbortSignal;
}
