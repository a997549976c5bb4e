import { createCache } from '@larder/cache';
import { lmdbStore } from '@larder/cache/lmdb';
import { versionOf } from '../../table.mjs';
import { openOnRedis } from './larder-on-redis.mjs';

/** On LMDB; for the outages of Redis on Redis. */
export const library = {
  name: 'larder',
  version: versionOf('larder'),
  async open(options) {
    return options.outage ? openOnRedis(options) : openOnLmdb(options);
  },
};

function openOnLmdb({ backEnd, ttlMs, graceMs }) {
  const store = backEnd && lmdbStore({ path: backEnd.folder });
  return callsOf(createCache({ ttl: `${ttlMs}ms`, store }), graceMs);
}

export function callsOf(cache, graceMs) {
  return {
    get: (key) => cache.get(key),
    set: (key, value) => cache.set(key, value),
    delete: (key) => cache.delete(key),
    getOrSet: (key, load) => cache.getOrSet(key, load, { staleIfError: `${graceMs ?? 0}ms` }),
    close: () => cache.close(),
  };
}
