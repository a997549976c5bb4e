import type { CallName, Promised } from '../history/history.js';
import { slowest } from './virtual-network.js';

/** What every process gives its cache, in milliseconds. */
export const options = {
  storeTimeout: 300,
  breakerFailures: 3,
  breakerPause: 500,
  leaseLife: 600,
  leaseWait: 1_500,
  loaderTimeout: 1_200,
  lockTtl: 400,
  lockWait: 1_000,
} as const;

/** How long loaders take at most that come to an end. */
export const slowestLoad = 1_000;

/** The keys, by their first letter: loaded and set, under a tag, and with a life of a second and a window. */
const lives: Readonly<Record<string, number>> = { l: 60_000, t: 60_000, r: 2_000 };

const storeCalls: Readonly<Record<CallName, number>> = {
  get: 2,
  getEntry: 2,
  getMany: 2,
  // Look up, look again, take the lease, look once more, store; a life may have to be announced before.
  getOrSet: 6,
  // A write waits for the one before it, and what it brings may have to be announced; a loader may be written through.
  set: 4,
  delete: 3,
  invalidateTags: 4,
  clear: 3,
  increment: 4,
  lock: 4,
};

const waits: Partial<Record<CallName, number>> = {
  getOrSet: options.leaseWait + options.loaderTimeout + slowestLoad,
  set: slowestLoad,
  lock: options.lockWait + slowestLoad,
};

export const promised: Promised = {
  // A frame under way must be taken before the next one leaves.
  calm: 3 * slowest.bus + 40,
  // The breaker's pause and a process that is silent for three heartbeats, or a frame that was not taken for two.
  heal: 4_500,
  lifeOf: (key) => (lives[key.charAt(0)] ?? Number.POSITIVE_INFINITY) + slowestLoad + options.loaderTimeout,
  tagOf: (key) => (key.startsWith('t') ? 'tag' : undefined),
  limitOf: (call) => storeCalls[call] * options.storeTimeout + (waits[call] ?? 0) + 100,
};
