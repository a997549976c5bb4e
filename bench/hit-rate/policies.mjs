// The one place that knows where the policies come from.
import { LRUCache } from 'lru-cache';
import { LeastRecentlyUsed } from '../../packages/cache/dist/memory/eviction/lru.js';
import { S3Fifo } from '../../packages/cache/dist/memory/eviction/s3-fifo.js';
import { WindowTinyLfu } from '../../packages/cache/dist/memory/eviction/w-tinylfu.js';
import { keyHasher } from '../../packages/cache/dist/memory/hash-key.js';
import { optimalHits } from './optimal.mjs';

/** Each answers how many requests of a trace hit at a capacity. The first is what the others are measured against. */
export const policies = {
  LRU: (trace, capacity) => replay(trace, capacity, new LeastRecentlyUsed()),
  'S3-FIFO': (trace, capacity) => replay(trace, capacity, new S3Fifo()),
  'W-TinyLFU': (trace, capacity) => replay(trace, capacity, new WindowTinyLfu()),
  'lru-cache': (trace, capacity) => {
    const cache = new LRUCache({ max: capacity });
    let hits = 0;
    for (const request of trace.requests) {
      if (cache.get(request) === undefined) cache.set(request, true);
      else hits++;
    }
    return hits;
  },
  OPT: optimalHits,
};

/** A store of nothing but slots, which treats its policy as the memory store does. */
function replay({ requests, distinct, hashes }, capacity, policy) {
  const slotOf = new Uint32Array(distinct);
  let keyOf = new Uint32Array(1);
  const free = [];
  let entries = 0;
  let nextSlot = 1;
  let hits = 0;
  policy.resized(capacity);
  for (const key of requests) {
    const known = slotOf[key];
    if (known !== 0) {
      policy.accessed(known);
      hits++;
      continue;
    }
    const slot = free.pop() ?? nextSlot++;
    if (slot >= keyOf.length) {
      const longer = new Uint32Array(Math.max(1024, 2 * keyOf.length));
      longer.set(keyOf);
      keyOf = longer;
      policy.grown(keyOf.length);
    }
    keyOf[slot] = key;
    slotOf[key] = slot;
    entries++;
    policy.added(slot, hashes[key]);
    while (entries > capacity) {
      const victim = policy.victim();
      slotOf[keyOf[victim]] = 0;
      free.push(victim);
      entries--;
    }
  }
  return hits;
}

/** Seeded alike in every run, so that a table can be compared with the one before. */
export const hashKey = keyHasher(Number(process.env.HASH_SEED ?? 1));
