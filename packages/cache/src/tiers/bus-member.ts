import type { BusMember } from '../contracts/bus.js';
import type { Clock, Millis } from '../contracts/time.js';
import { type Marker, markerAt } from '../tags/markers.js';
import type { MemoryTier } from './memory-tier.js';
import type { WriteFence } from './write-fence.js';

/** Is told of what other processes did, once that shows here. */
export interface ElsewhereReport {
  changedElsewhere(keys: readonly string[]): void;
  invalidatedElsewhere(tags: readonly string[], remove: boolean): void;
  clearedElsewhere(): void;
}

export interface BusMemberParts {
  readonly memory: MemoryTier;
  readonly invalidated: (tags: readonly string[], marker: Marker) => void;
  readonly cleared: (time: Millis) => void;
  readonly fence: WriteFence;
  /** What waits to be written here is old. */
  readonly overtaken: (keys: readonly string[], stamp: Millis) => void;
  /** Wakes those who wait for news of these names. */
  readonly wake: (names: readonly string[]) => void;
  readonly clock: Clock;
  readonly report: ElsewhereReport;
  /** Takes a message of the user's own. */
  readonly message: BusMember['message'];
}

/**
 * What one namespace does with what other processes tell of it: memory lets go, what is being read is not kept, what is
 * being loaded is not stored if its source may have changed, and whoever waits looks again.
 */
export function busMember({
  memory,
  invalidated,
  cleared,
  fence,
  overtaken,
  wake,
  clock,
  report,
  message,
}: BusMemberParts): BusMember {
  function letGo(keys: readonly string[], kind: 'change' | 'fill'): void {
    const now = clock.now();
    for (const key of keys) {
      fence.touch(key, kind);
      memory.delete(key, now);
    }
    wake(keys);
    report.changedElsewhere(keys);
  }

  return {
    changed(keys, stamp) {
      overtaken(keys, stamp);
      letGo(keys, 'change');
    },
    filled: (keys) => letGo(keys, 'fill'),
    released: wake,
    tagsInvalidated(tags, time, remove) {
      invalidated(tags, markerAt(time, remove));
      report.invalidatedElsewhere(tags, remove);
    },
    cleared(time) {
      cleared(time);
      fence.touchAll();
      memory.clear();
      report.clearedElsewhere();
    },
    message,
  };
}
