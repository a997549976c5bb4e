import type { LoadLeases } from '../contracts/lease.js';
import type { Clock, Millis } from '../contracts/time.js';
import type { MemoryTier } from './memory-tier.js';
import type { Recovery } from './recovery.js';
import type { StoreOutcomes } from './store-outcomes.js';
import type { StoreTier } from './store-tier.js';
import type { WriteFence } from './write-fence.js';
import type { WriteOrder } from './write-order.js';

export interface StoreWritesParts {
  readonly memory: MemoryTier;
  readonly store: StoreTier;
  readonly fence: WriteFence;
  readonly outcomes: StoreOutcomes;
  readonly order: WriteOrder;
  readonly recovery: Recovery;
  readonly clock: Clock;
  readonly onStoreError: 'degrade' | 'throw';
  /** Absent where no other process writes the store. */
  readonly leases: LoadLeases | undefined;
  /** Tells other processes that what was loaded is stored. */
  readonly filled: (key: string) => void;
  /** Tells other processes that these keys may have been written, although the call was rejected. */
  readonly uncertain: (keys: readonly string[]) => void;
  /** A time later than that of any write before. */
  readonly nextStamp: () => Millis;
  /** Lets a write go on that nobody waits for. */
  readonly background: (work: Promise<unknown>) => void;
}
