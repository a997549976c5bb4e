// A cache on Redis that reads a few hot keys again and again, or invalidates them, and tells afterwards what it saw.
import { createCache } from '@larder/cache';
import { redisStore } from '@larder/cache/redis';
import { delay } from '../../differential/waiting.mjs';

process.once('disconnect', () => process.exit());
const { url, keys, pauseMillis, spins } = JSON.parse(process.argv[2]);
const cache = createCache({ ttl: '10m', store: redisStore({ url }) });
/** Milliseconds on a clock that all processes of a machine share. */
const instant = () => Number(process.hrtime.bigint()) / 1e6;
let reads = 0;
let isReading = false;
/** The values of each key in turn: when the source was read, and when the value was first and last seen. */
const entries = keys.map(() => []);
const pending = new Set();

async function read(at) {
  const { key, tags } = keys[at];
  const start = instant();
  // The source of truth is the clock, as if it changed all the time.
  const loadedAt = await cache.getOrSet(key, instant, { tags });
  reads++;
  const last = entries[at].at(-1);
  if (last?.loadedAt === loadedAt) last.lastRead = start;
  else entries[at].push({ loadedAt, firstRead: start, lastRead: start });
}

/** Reads all keys once a millisecond, or once a turn of the event loop; a key that is being loaded is left out. */
async function readOn() {
  isReading = true;
  for (let pass = 0; isReading; pass++) {
    for (const at of keys.keys()) {
      if (pending.has(at)) continue;
      pending.add(at);
      void read(at).finally(() => pending.delete(at));
    }
    if (pass % 20 === 0) void cache.set(`other ${process.pid} ${pass % 1_000}`, pass);
    await (spins ? new Promise(setImmediate) : delay(1));
  }
}

async function invalidate(count) {
  const done = [];
  for (let number = 0; number < count; number++) {
    const at = number % keys.length;
    const { key, tags } = keys[at];
    const start = instant();
    await (tags.length > 0 ? cache.invalidateTags(tags) : cache.delete(key));
    done.push({ at, start, end: instant() });
    await delay(pauseMillis);
  }
  return done;
}

const calls = {
  read: () => void readOn(),
  invalidate: ({ count }) => invalidate(count),
  stop() {
    isReading = false;
    return { entries, reads };
  },
};
process.on('message', async ({ call, ...args }) => {
  process.send({ type: 'answer', result: await calls[call](args) });
});
await cache.set(`warm ${process.pid}`, 1);
process.send({ type: 'ready' });
