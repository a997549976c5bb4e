import { createCache } from '@larder/cache';
import { redisStore } from '@larder/cache/redis';
import { patienceMs } from '../redis-clients.mjs';
import { callsOf } from './larder.mjs';

/** Larder on its Redis store, with the client that the store opens for itself: there is none to tune. */
export function openOnRedis({ backEnd, ttlMs, graceMs }) {
  const store = redisStore({ url: backEnd.redisUrl });
  return callsOf(createCache({ ttl: `${ttlMs}ms`, store, storeTimeout: `${patienceMs}ms` }), graceMs);
}
