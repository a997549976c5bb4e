import { createCache } from '@larder/cache';
import { redisStore } from '@larder/cache/redis';
import { measureCalls } from '../redis/workload.mjs';
import { interleavedRounds, median, medianRatio, showProgress } from '../rounds.mjs';

const hits = 100_000;
const inFlight = 64;
const millis = 300;
const keyCount = 1_000;

/** What the bus adds to a hit in memory, and to a write. */
export async function costOfTheBus(redis, { rounds }) {
  console.log(`\n## What the bus costs: medians of ${rounds} interleaved rounds\n`);
  const without = openWithoutBus(redis);
  if (without === undefined) {
    console.log("Skipped: createCache() does not know the option 'bus'.");
    return;
  }
  const contestants = [
    { name: 'bus: false', cache: without },
    { name: 'with the bus', cache: open(redis, 'with', {}) },
  ];
  for (const { cache } of contestants) await cache.set('hot', 'value');
  const measures = {
    'get, a hit in memory: ns': measureHits,
    [`set, ${inFlight} in flight: µs`]: async ({ cache }) => (await measureSets(cache)).micros,
    [`set, ${inFlight} in flight: µs of this process`]: async ({ cache }) => (await measureSets(cache)).cpuMicros,
  };
  console.log('| | bus: false | with the bus | times |');
  console.log('|---|---:|---:|---:|');
  for (const [name, measure] of Object.entries(measures)) {
    const samples = await interleavedRounds(contestants, measure, { rounds, warmUps: 3, progress: showProgress(name) });
    const [plain, bus] = contestants.map((each) => samples.get(each.name));
    const times = medianRatio(bus, plain).toFixed(3);
    console.log(`| ${name} | ${median(plain).toFixed(1)} | ${median(bus).toFixed(1)} | ${times} |`);
  }
  for (const { cache } of contestants) await cache.close();
}

function openWithoutBus(redis) {
  try {
    return open(redis, 'without', { bus: false });
  } catch (error) {
    if (error.code === 'LARDER_INVALID_OPTION') return undefined;
    throw error;
  }
}

function open(redis, prefix, options) {
  return createCache({ ttl: '1h', store: redisStore({ url: redis.url, prefix }), ...options });
}

async function measureHits({ cache }) {
  const begin = process.hrtime.bigint();
  for (let at = 0; at < hits; at++) await cache.get('hot');
  return Number(process.hrtime.bigint() - begin) / hits;
}

function measureSets(cache) {
  return measureCalls((at) => cache.set(`user:${(at * 7919) % keyCount}`, { id: at, name: 'Ada Lovelace' }), {
    inFlight,
    millis,
  });
}
