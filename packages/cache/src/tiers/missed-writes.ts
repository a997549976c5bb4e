import type { EntryWrite } from '../contracts/tier.js';
import type { StoreWritesParts } from './store-writes-parts.js';
import type { WriteKind } from './write-fence.js';

/** These did not reach the store: they wait for it, or their callers are told. */
export function missed(
  { memory, clock, recovery, onStoreError, uncertain }: StoreWritesParts,
  writes: readonly (readonly [string, EntryWrite])[],
  kind: WriteKind,
  error: Error,
): void {
  if (onStoreError === 'throw') {
    for (const [key] of writes) memory.delete(key, clock.now());
    if (kind === 'change') uncertain(writes.map(([key]) => key));
  } else if (kind === 'change') recovery.missedSets(writes, error);
}
