import type { Millis } from '../../contracts/time.js';

/*
 * An entry's exact deadline stands in its record. The server gets a later one, in whole seconds, to free the memory; and
 * the low 32 bits of the exact one as the item's client flags, so that whether an entry is live can be told without its
 * value.
 */

/** memcached reads a token for a time as a signed 32-bit number. */
const lastSecond = 2 ** 31 - 1;
const wholeRange = 2 ** 32;
const noFlags = 0;
const deadlineBeyondServer = 1;

/** The server's time for an item: absolute, because a relative one above 30 days would be taken for an absolute one. */
export function serverDeadline(expiresAt: Millis): number {
  // The server counts whole seconds from a start that it knows to a second, and ends an item when its second begins.
  const second = Math.ceil(expiresAt / 1000) + 1;
  return second > lastSecond ? 0 : Math.max(second, 1);
}

export function deadlineFlags(expiresAt: Millis): number {
  if (expiresAt === Number.POSITIVE_INFINITY) return noFlags;
  if (serverDeadline(expiresAt) === 0) return deadlineBeyondServer;
  return ((Math.ceil(expiresAt) % wholeRange) + wholeRange) % wholeRange;
}

/** Is the entry of an item live, which the server will keep for so many seconds (-1: for ever)? */
export function isLiveByFlags(flags: number, secondsLeft: number, now: Millis): boolean | 'unknown' {
  if (secondsLeft < 0) return flags === noFlags ? true : 'unknown';
  // 32 bits of milliseconds come round every 49 days: of those deadlines, the one that the server's agrees with.
  const about = now + secondsLeft * 1000;
  const rounds = Math.round((about - flags) / wholeRange);
  return now < flags + rounds * wholeRange;
}
