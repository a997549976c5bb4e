import type { BusMember } from '../contracts/bus.js';
import type { Clock } from '../contracts/time.js';
import { markerAt } from '../tags/markers.js';
import type { StoredMarkers } from '../tags/stored-markers.js';
import type { KeyNews } from './key-news.js';
import type { MemoryTier } from './memory-tier.js';
import type { WriteFence } from './write-fence.js';

export interface BusMemberParts {
  readonly memory: MemoryTier;
  readonly markers: StoredMarkers;
  readonly fence: WriteFence;
  readonly news: KeyNews;
  readonly clock: Clock;
  /** Takes a message of the user's own. */
  readonly message: BusMember['message'];
}

/**
 * What one namespace does with what other processes tell of it: memory lets go, what is being read is not kept, what is
 * being loaded is not stored if its source may have changed, and whoever waits looks again.
 */
export function busMember({ memory, markers, fence, news, clock, message }: BusMemberParts): BusMember {
  function letGo(keys: readonly string[], kind: 'change' | 'fill'): void {
    const now = clock.now();
    for (const key of keys) {
      fence.touch(key, kind);
      memory.delete(key, now);
    }
    news.tell(keys);
  }

  return {
    changed: (keys) => letGo(keys, 'change'),
    filled: (keys) => letGo(keys, 'fill'),
    released: (names) => news.tell(names),
    tagsInvalidated: (tags, time, remove) => markers.raiseHere(tags, markerAt(time, remove)),
    cleared(time) {
      markers.heardOfClear(time);
      fence.touchAll();
      memory.clear();
    },
    message,
  };
}
