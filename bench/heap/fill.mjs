import { createCache } from '@larder/cache';
import { LRUCache } from 'lru-cache';

const entries = 100_000;
const open = {
  Map: () => {
    const map = new Map();
    return { set: (key, value) => map.set(key, value), holder: map };
  },
  'larder (freeze, the default)': () => larder({}),
  'larder (share)': () => larder({ values: 'share' }),
  'lru-cache': () => {
    const cache = new LRUCache({ max: entries, ttl: 3_600_000 });
    return { set: (key, value) => cache.set(key, value), holder: cache };
  },
};

function larder(memory) {
  const cache = createCache({ memory: { maxEntries: entries, ...memory }, ttl: '1h' });
  return { set: (key, value) => cache.set(key, value), holder: cache };
}

function used() {
  for (let times = 0; times < 4; times++) global.gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

// The code that fills is compiled and warm before anything is measured.
const warm = open[process.argv[2]]();
for (let at = 0; at < 2_000; at++)
  await warm.set(`warm:${at}`, { id: at, name: `User ${at}`, email: `user${at}@example.com` });

const before = used();
const { set, holder } = open[process.argv[2]]();
for (let at = 0; at < entries; at++) {
  await set(`user:${at}`, { id: at, name: `User ${at}`, email: `user${at}@example.com` });
}
const after = used();
console.log((after - before) / entries);
if (holder === warm.holder)
  throw new Error('never: keeps both alive until here, so that neither is collected in between');
process.exit(0);
