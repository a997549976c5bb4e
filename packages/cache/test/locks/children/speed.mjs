// What a lock costs that nobody else wants: node speed.mjs memory | lmdb <folder> | redis <url> | memcached <host:port>
import { createCache } from '@larder/cache';

const [kind, place] = process.argv.slice(2);
const stores = {
  memory: async () => undefined,
  lmdb: async () => (await import('@larder/cache/lmdb')).lmdbStore({ path: place }),
  redis: async () => (await import('@larder/cache/redis')).redisStore({ url: place, prefix: 'speed:' }),
  memcached: async () => (await import('@larder/cache/memcached')).memcachedStore({ servers: [place] }),
};
const store = await stores[kind]();
const cache = createCache(store === undefined ? {} : { store, memory: false });

async function perSecond(inFlight, millis) {
  const end = performance.now() + millis;
  let done = 0;
  const worker = async (name) => {
    while (performance.now() < end) {
      await cache.lock(name, {}, () => {});
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, (_, at) => worker(`lock:${at}`)));
  return Math.round(done / (millis / 1_000));
}

await perSecond(64, 500);
for (let run = 0; run < 3; run += 1) {
  console.log(kind, { 'one at a time': await perSecond(1, 1_000), '64 at a time': await perSecond(64, 1_000) });
}
await cache.close();
process.exit(0);
