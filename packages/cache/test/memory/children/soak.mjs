// Ten million operations on a small cache; prints the heap after a full collection at each tenth of the way.
import { createCache } from '../../../dist/index.js';
import { fakeClock, seededRandom } from '../../../dist/testing/index.js';

const operations = 10_000_000;
const checkpoints = 10;
const random = seededRandom(1);
const clock = fakeClock();
const cache = createCache({ clock, memory: { maxEntries: 10_000, policy: process.argv[2] } });
const keys = Array.from({ length: 50_000 }, (_, at) => `key:${at}`);
const heap = [];

for (let done = 1; done <= operations; done++) {
  const key = keys[Math.floor(random() ** 3 * keys.length)];
  const kind = done % 16;
  if (kind < 10) await cache.get(key);
  else if (kind < 14)
    await cache.set(key, { id: done, name: key }, { ttl: kind === 10 ? '1s' : '1h', tags: kind === 11 ? ['t'] : [] });
  else if (kind === 14) await cache.delete(key);
  else if (done % 160 === 15) clock.advance(50);
  if (done % (operations / checkpoints) === 0) {
    global.gc();
    heap.push(process.memoryUsage().heapUsed);
  }
}
const { entries, bytes } = cache.memory.inspect();
console.log(JSON.stringify({ heap, entries, bytes }));
