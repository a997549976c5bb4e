import type { Lifespan } from '../contracts/entry.js';
import type { Lifetime } from '../contracts/tier.js';
import type { Millis } from '../contracts/time.js';

/** May a stale entry be served while it is renewed? RFC 5861, section 3. */
export function mayServeWhileRevalidating(entry: Lifetime, lifespan: Lifespan, now: Millis): boolean {
  return isWithin(entry, lifespan.staleWhileRevalidate, now);
}

/** May a stale entry be served because loading fails, or takes too long? RFC 5861, section 4. */
export function mayServeOnError(entry: Lifetime, lifespan: Lifespan, now: Millis): boolean {
  return isWithin(entry, Math.max(lifespan.staleIfError, lifespan.staleWhileRevalidate), now);
}

/** A window never reaches beyond what the entry was written with: its physical end. */
function isWithin({ freshUntil, staleUntil }: Lifetime, window: Millis, now: Millis): boolean {
  return now < Math.min(freshUntil + window, staleUntil);
}
