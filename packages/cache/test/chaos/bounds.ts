import type { CallName, Promised } from '../history/history.js';

/** What a campaign holds the cache to, in milliseconds. */
export const bounds = {
  /** From the end of an acknowledged change until no process reads anything older, while nothing is disturbed. */
  calm: 1_000,
  /**
   * From the end of a fault until the promises of calm times hold again: the pause of the circuit breaker (1 s here),
   * the pause before the client connects anew (up to 1 s), and three missed heartbeats of the bus (3 s).
   */
  heal: 5_000,
  /** How much later than called for anything may be on a busy machine. */
  slack: 500,
  /** A process that does not run for so long disturbs the others. */
  stall: 150,
} as const;

/** Options that every process gives its cache. */
export const storeTimeout = 500;
export const breakerPause = 1_000;
/** How long a loader may take. Most are much faster. */
export const slowestLoad = 1_500;
/** How long a load may wait for that of another process before it does its own. */
const leaseWait = 5_000;

/** The longest that a call may take: its calls to the store one after the other, and what it waits for besides. */
export function limitOf(call: CallName): number {
  return storeCalls[call] * storeTimeout + (waits[call] ?? 0) + bounds.slack;
}

const storeCalls: Readonly<Record<CallName, number>> = {
  get: 2,
  getEntry: 2,
  getMany: 2,
  // Look up, take the lease, look again, store, let go.
  getOrSet: 5,
  // A life may have to be announced in the ledger first; a write waits for the one before it.
  set: 3,
  delete: 2,
  invalidateTags: 3,
  clear: 3,
  increment: 3,
  lock: 3,
};

const waits: Partial<Record<CallName, number>> = {
  getOrSet: leaseWait + slowestLoad,
  lock: 2_000,
};

/**
 * The keys of a campaign, by their first letter. Each has a life that says how long after its load a value may be
 * answered with at most.
 */
export const families = {
  /** Loaded. */
  l: { keys: 40, life: 600_000 },
  /** Loaded, under a tag. */
  t: { keys: 40, life: 600_000 },
  /** Loaded, short-lived, refreshed early and served stale: a second and a window of three. */
  r: { keys: 10, life: 4_000 },
  /** Set. */
  s: { keys: 20, life: 600_000 },
} as const;

export type Family = keyof typeof families;

export const counterCount = 6;
export const tagCount = 4;
export const lockCount = 3;

/** What a worker, which cannot import this file, is told of it. */
export const plan = { storeTimeout, breakerPause, slowestLoad, families, counterCount, tagCount, lockCount };

export function familyOf(key: string): Family {
  return key.charAt(0) as Family;
}

/** The tag that entries of this key carry. */
export function tagOf(key: string): string | undefined {
  return familyOf(key) === 't' ? `tag${Number(key.slice(1)) % tagCount}` : undefined;
}

/** What `checkHistory` is told of it. */
export const promised: Promised = {
  calm: bounds.calm,
  heal: bounds.heal,
  lifeOf: (key) => families[familyOf(key)].life + slowestLoad,
  tagOf,
  limitOf,
};
