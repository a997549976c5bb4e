// Plain ioredis, the store and a cache on it, in turns; prints medians. node speed.mjs <url> [rounds]
import { createCache } from '@larder/cache';
import { redisStore } from '@larder/cache/redis';
import { Redis } from 'ioredis';

const [url, rounds = '5'] = process.argv.slice(2);
const value = { id: 12345, name: 'Alice Example', email: 'alice@example.com', active: true, note: 'xxxxxxxxxxxxxx' };
const text = JSON.stringify(value);
const keys = Array.from({ length: 10_000 }, (_, index) => `user:${index}`);
let turn = 0;
const next = () => keys[turn++ % keys.length];

const redis = new Redis(url);
const store = redisStore({ url, prefix: 'speed' });
const cache = createCache({
  ttl: '1h',
  memory: false,
  store: redisStore({ url, prefix: 'speed' }),
  storeTimeout: '10s',
});
const bytes = Buffer.alloc(text.length + 60, 1);
const write = (key) => ({ key, bytes, version: '1abc-12345678', expiresAt: Date.now() + 3_600_000, indexes: {} });
const call = { now: Date.now() };

const contestants = {
  get: {
    ioredis: async () => JSON.parse(await redis.get(next())),
    store: () => store.get([`s:${next()}`], call),
    cache: () => cache.get(next()),
  },
  set: {
    ioredis: () => redis.set(next(), JSON.stringify(value), 'PX', 3_600_000),
    store: () => store.set([write(`s:${next()}`)], call),
    cache: () => cache.set(next(), value),
  },
};

async function measure(inFlight, total, work) {
  const [start, cpu] = [performance.now(), process.cpuUsage()];
  let left = total;
  const worker = async () => {
    while (left-- > 0) await work();
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  const { user, system } = process.cpuUsage(cpu);
  return { perSecond: (total / (performance.now() - start)) * 1000, cpu: (user + system) / total };
}

const median = (numbers) => numbers.toSorted((one, other) => one - other)[numbers.length >> 1];

await Promise.all(keys.map((key) => redis.set(key, text, 'PX', 3_600_000)));
for (let at = 0; at < keys.length; at += 500) {
  const portion = keys.slice(at, at + 500);
  await store.set(portion.map((key) => write(`s:${key}`)), call); // biome-ignore format: short
  await cache.setMany(portion.map((key) => [key, value]));
}
for (const inFlight of [1, 64, 512]) {
  for (const [operation, ways] of Object.entries(contestants)) {
    const seen = Object.fromEntries(Object.keys(ways).map((name) => [name, []]));
    for (let round = 0; round < Number(rounds); round++) {
      for (const [name, work] of Object.entries(ways)) {
        seen[name].push(await measure(inFlight, inFlight === 1 ? 4_000 : 60_000, work));
      }
    }
    for (const [name, runs] of Object.entries(seen)) {
      const ratio = median(runs.map(({ perSecond }, at) => perSecond / seen.ioredis[at].perSecond));
      const rate = Math.round(median(runs.map(({ perSecond }) => perSecond)));
      const cpu = median(runs.map((run) => run.cpu)).toFixed(1);
      console.log(
        `${operation}, ${inFlight} in flight, ${name}: ${rate}/s, ratio ${ratio.toFixed(2)}, ${cpu} us of CPU`,
      );
    }
  }
}
await Promise.all([cache.close(), store.close()]);
redis.disconnect();
