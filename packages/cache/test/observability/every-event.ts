import { EventHub } from '../../src/cache/event-hub.js';
import type { CacheEvent, CacheEventType } from '../../src/contracts/events.js';
import { LoaderTimeoutError, StoreError } from '../../src/errors.js';
import type { ReportedCache } from '../../src/observability/listen.js';

/** Looks like what must never be told. All of it has one word in it that a test can look for. */
export const secretWord = 'hunter2';
export const secretKey = `card:4111-${secretWord}`;
export const secretValue = { password: `${secretWord}-of-the-admin` };

const key = secretKey;
const namespace = 'shop';

/** One of each: a new type of event does not compile until it is here. */
export const everyEvent: { readonly [Type in CacheEventType]: CacheEvent & { readonly type: Type } } = {
  hit: { type: 'hit', namespace, key, tier: 'memory', state: 'fresh', age: 12 },
  miss: { type: 'miss', namespace, key },
  load: { type: 'load', namespace, key, reason: 'miss', millis: 20, freshUntil: undefined },
  'load-error': { type: 'load-error', namespace, key, reason: 'stale', millis: 5, error: leakyError() },
  'load-overtaken': { type: 'load-overtaken', namespace, key },
  'stale-served': { type: 'stale-served', namespace, key, reason: 'load-failed' },
  refresh: { type: 'refresh', namespace, key, reason: 'early' },
  set: { type: 'set', namespace, key, freshUntil: Date.UTC(2024, 0, 2) },
  delete: { type: 'delete', namespace, key },
  'invalidate-tags': { type: 'invalidate-tags', namespace, tags: [`user:${secretWord}`], remove: false },
  clear: { type: 'clear', namespace },
  touch: { type: 'touch', namespace, key, freshUntil: Date.UTC(2024, 0, 2) },
  'changed-elsewhere': { type: 'changed-elsewhere', namespace, keys: [key] },
  'invalidated-elsewhere': { type: 'invalidated-elsewhere', namespace, tags: [`user:${secretWord}`], remove: false },
  'cleared-elsewhere': { type: 'cleared-elsewhere', namespace },
  evict: { type: 'evict', namespace, key, reason: 'bytes' },
  expire: { type: 'expire', namespace, key },
  undecodable: { type: 'undecodable', namespace, key, reason: 'The bytes are no envelope.' },
  'store-error': { type: 'store-error', namespace, operation: 'get', error: storeError() },
  'write-dropped': { type: 'write-dropped', namespace, operation: 'set', keys: [key, `${key}-too`] },
  recovered: { type: 'recovered', namespace, sets: 2, deletes: 1, invalidations: 0, clears: 0 },
  'recovery-lost': {
    type: 'recovery-lost',
    namespace,
    reason: 'closed',
    sets: 1,
    deletes: 0,
    invalidations: 0,
    clears: 0,
  },
  bus: { type: 'bus', namespace, transport: 'redis', state: 'publish-failed', error: leakyError() },
  'memory-doubted': { type: 'memory-doubted', namespace, reason: 'gap' },
  circuit: { type: 'circuit', namespace, store: 'map', state: 'open' },
};

/** Errors of every kind that a cache may meet. */
export const leakyErrors: readonly unknown[] = [
  leakyError(),
  new LoaderTimeoutError(secretKey, 100),
  new AggregateError([leakyError()], `both failed for ${secretKey}`),
  `not even an error, but ${secretWord}`,
];

function leakyError(): Error {
  const error = new Error(`no card ${secretKey}`, { cause: secretValue });
  return Object.assign(error, { code: `no ${secretWord}`, parameters: [secretValue], query: secretKey });
}

function storeError(): StoreError {
  const cause = Object.assign(new Error(`SET ${secretKey}`), { command: { args: [secretKey, secretValue] } });
  return new StoreError('map', 'The map store is full.', { cause, code: 'LARDER_STORE_FULL' });
}

/** A cache that only reports, and what it is told to. */
export function reportingCache(): {
  cache: ReportedCache;
  tell: (event: CacheEvent) => void;
  listened: () => string[];
} {
  const hub = new EventHub();
  const memory = { entries: 2, bytes: 300, evictions: 0, expirations: 0 };
  const writes = { storeHits: 0, sets: 0, deletes: 0, droppedWrites: 0, recoveredWrites: 0 };
  const none = { ...writes, loadErrors: 0, storeErrors: 0, staleHits: 0, refreshes: 0 };
  return {
    cache: {
      on: (type, listener) => hub.on(type, listener),
      stats: () => ({ hits: 0, misses: 0, loads: 0, ...none, memory }),
      memory: undefined,
    },
    tell: (event) => hub.report(event),
    listened: () => Object.keys(everyEvent).filter((type) => hub.listens(type as CacheEventType)),
  };
}
