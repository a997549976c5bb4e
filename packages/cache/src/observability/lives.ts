import type { CacheEventOf } from '../contracts/events.js';
import type { Clock, Millis } from '../contracts/time.js';
import type { Listeners } from './listen.js';

/** Tells how many seconds each entry has before it that was written or loaded. One that never ends has no number. */
export function onLife(
  clock: Pick<Clock, 'now'>,
  tell: (seconds: number, event: CacheEventOf<'set' | 'load'>) => void,
): Listeners {
  const tellLife = (event: CacheEventOf<'set' | 'load'> & { readonly freshUntil: Millis | undefined }) => {
    if (event.freshUntil === undefined || event.freshUntil === Number.POSITIVE_INFINITY) return;
    tell(Math.max(0, event.freshUntil - clock.now()) / 1_000, event);
  };
  return { set: tellLife, load: tellLife };
}
