import { createCache } from '@larder/cache';
import AsyncCacheDedupe from 'async-cache-dedupe';
import { BentoCache, bentostore } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';
import { createCache as createCacheManager } from 'cache-manager';
import { LRUCache } from 'lru-cache';
import { interleavedRounds, median, medianRatio, showProgress } from '../rounds.mjs';
import { versionOf } from '../table.mjs';

/**
 * getOrSet of keys that are not there, with a loader that answers at once: what a miss costs beside the load. Each round
 * has a cache of its own, and closes it where that can be done: left open, it would stay in memory through the next ones.
 */
const rounds = Number(process.env.ROUNDS ?? 15);
const misses = 20_000;
const keys = Array.from({ length: misses }, (_, at) => `user:${at}`);
const load = async (key) => ({ id: key });

const contestants = [
  {
    name: 'Map',
    open() {
      const map = new Map();
      const getOrSet = async (key) => {
        let value = map.get(key);
        if (value === undefined) {
          value = await load(key);
          map.set(key, value);
        }
        return value;
      };
      return { getOrSet };
    },
  },
  { name: 'larder (freeze, the default)', open: () => larder({}) },
  { name: 'larder (share)', open: () => larder({ values: 'share' }) },
  {
    name: 'lru-cache',
    open() {
      const cache = new LRUCache({ max: 100_000, ttl: 60_000, fetchMethod: load });
      return { getOrSet: (key) => cache.fetch(key) };
    },
  },
  {
    name: 'async-cache-dedupe',
    open() {
      const cache = AsyncCacheDedupe.createCache({ ttl: 60, storage: { type: 'memory', options: { size: 100_000 } } });
      cache.define('user', (key) => load(key));
      return { getOrSet: (key) => cache.user(key) };
    },
  },
  {
    name: 'bentocache',
    open() {
      const store = bentostore().useL1Layer(memoryDriver({ maxItems: 100_000 }));
      const bento = new BentoCache({ default: 'memory', stores: { memory: store } });
      const getOrSet = (key) => bento.getOrSet({ key, factory: () => load(key), ttl: '1m' });
      return { getOrSet, close: () => bento.disconnectAll() };
    },
  },
  {
    name: 'cache-manager',
    open() {
      const cache = createCacheManager({ ttl: 60_000 });
      return { getOrSet: (key) => cache.wrap(key, () => load(key)), close: () => cache.disconnect() };
    },
  },
];

function larder(memory) {
  const cache = createCache({ ttl: '1m', memory: { maxEntries: 100_000, ...memory } });
  const getOrSet = (key) => cache.getOrSet(key, () => load(key));
  return { getOrSet, close: () => cache.close() };
}

const timed = async ({ open }) => {
  const { getOrSet, close } = open();
  const start = process.hrtime.bigint();
  for (const key of keys) await getOrSet(key);
  const taken = Number(process.hrtime.bigint() - start) / misses;
  await close?.();
  return taken;
};

const samples = await interleavedRounds(contestants, timed, { rounds, warmUps: 3, progress: showProgress('miss') });
console.log(`getOrSet of ${misses} missing keys, instant loader; medians of ${rounds} interleaved rounds.\n`);
console.log('| contestant | version | ns a miss | times the Map |');
console.log('|---|---|---:|---:|');
for (const { name } of contestants) {
  const times = 1 / medianRatio(samples.get('Map'), samples.get(name));
  console.log(`| ${name} | ${versionOf(name)} | ${median(samples.get(name)).toFixed(0)} | ${times.toFixed(2)} |`);
}
process.exit(0);
