import type { Millis } from '../contracts/time.js';

/** The two ends of an entry: until when it is fresh, and until when it is held at all. */
export interface Lifetime {
  readonly freshUntil: Millis;
  readonly staleUntil: Millis;
}

/** A life that begins now and lasts `ttl` milliseconds (`Infinity` for ever). */
export function lifetimeFrom(start: Millis, ttl: Millis): Lifetime {
  const freshUntil = start + ttl;
  return { freshUntil, staleUntil: freshUntil };
}

/** Does the entry answer reads? The instant of the deadline is already outside. */
export function isFresh(entry: Lifetime, now: Millis): boolean {
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
