import type { Lifespan } from '../contracts/entry.js';
import type { Lifetime } from '../contracts/tier.js';
import type { Millis } from '../contracts/time.js';

/**
 * A life that begins at `start`. The physical end is the end of the longest stale window; `chance`, at least 0 and less
 * than 1, is how much of the jitter is added.
 */
export function lifetimeFrom(start: Millis, lifespan: Lifespan, chance: number): Lifetime {
  const { ttl, staleWhileRevalidate, staleIfError, jitter } = lifespan;
  const freshUntil = start + ttl + jitter * chance;
  return { freshUntil, staleUntil: freshUntil + Math.max(staleWhileRevalidate, staleIfError) };
}

/** Does the entry answer reads? The instant of the deadline is already outside. */
export function isFresh(entry: Pick<Lifetime, 'freshUntil'>, now: Millis): boolean {
  return now < entry.freshUntil;
}

/** Is the entry gone for every purpose? */
export function isExpired(entry: Lifetime, now: Millis): boolean {
  return now >= entry.staleUntil;
}

/** Whole seconds left, rounded up, so that a live entry never shows 0. */
export function secondsLeft(entry: Lifetime, now: Millis): number {
  return Math.ceil((entry.freshUntil - now) / 1_000);
}
