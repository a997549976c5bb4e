// Increments counters that other processes increment as well, and prints how often.
import { createCache } from '@larder/cache';
import { redisStore } from '@larder/cache/redis';

const [url, times] = [process.argv[2], Number(process.argv[3])];
const cache = createCache({
  ttl: '1h',
  memory: false,
  store: redisStore({ url, prefix: 'contend' }),
  storeTimeout: '20s',
});
for (let done = 0; done < times; done += 20) {
  await Promise.all(Array.from({ length: 20 }, (_, index) => cache.increment(index % 4 === 0 ? 'one' : 'other', 1)));
}
await cache.close();
console.log(times);
