import type { StoreTime } from '../../contracts/store.js';
import { failed } from './memcached-errors.js';
import type { MetaReply } from './meta-replies.js';

/**
 * memcached counts whole seconds from its start, whose time it knows to a second, and looks at the clock once a second:
 * what it shows is between a second more and three seconds less than the time.
 */
const error = 2_000;
const aboutHowLate = 1_000;

export function timeIn({ rest }: MetaReply): StoreTime {
  if (!/^\d+$/.test(rest)) throw failed('The memcached server did not tell its time with its figures (stats).');
  return { time: Number(rest) * 1_000 + aboutHowLate, error };
}
