import { cachified, totalTtl } from '@epic-web/cachified';
import { LRUCache } from 'lru-cache';
import { versionOf } from '../../table.mjs';

/** On lru-cache, as its page begins. */
export const library = {
  name: 'cachified',
  version: versionOf('@epic-web/cachified'),
  lacks: {
    backEnd: 'leaves the store to its user',
    tiers: 'has one tier',
    set: 'has no set',
  },
  async open({ ttlMs, graceMs = 0 }) {
    const entries = new LRUCache({ max: 1_000 });
    const cache = {
      set(key, entry) {
        const ttl = totalTtl(entry?.metadata);
        return entries.set(key, entry, {
          ttl: ttl === Infinity ? undefined : ttl,
          start: entry?.metadata?.createdTime,
        });
      },
      get: (key) => entries.get(key),
      delete: (key) => entries.delete(key),
    };
    return {
      get: undefined,
      set: undefined,
      delete: async (key) => cache.delete(key),
      getOrSet: (key, load) =>
        cachified({ key, cache, ttl: ttlMs, staleWhileRevalidate: graceMs, getFreshValue: () => load() }),
      close: async () => {},
    };
  },
};
