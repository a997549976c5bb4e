import type { CacheEventOf } from '../contracts/events.js';
import type { Clock } from '../contracts/time.js';
import type { Listeners } from './listen.js';

/** Tells how many seconds each written entry has before it. One that never ends has no number. */
export function onLife(
  clock: Pick<Clock, 'now'>,
  tell: (seconds: number, event: CacheEventOf<'set'>) => void,
): Listeners {
  return {
    set(event) {
      if (event.freshUntil === Number.POSITIVE_INFINITY) return;
      tell(Math.max(0, event.freshUntil - clock.now()) / 1_000, event);
    },
  };
}
