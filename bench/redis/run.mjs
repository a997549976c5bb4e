import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { redisServerVersion, startRedis } from '../differential/redis-server.mjs';
import {
  autopipelining,
  bentocache,
  byHand,
  cacheManager,
  larder,
  layeredLoader,
  nodeRedis,
  nodeRedisWithoutTimeout,
  plainIoredis,
} from './contestants.mjs';
import { compare } from './report.mjs';
import { documentOf, measureCalls } from './workload.mjs';

if (redisServerVersion() === undefined) {
  console.log('redis-server is not installed (on Debian: apt-get install redis-server): this benchmark is skipped.');
  process.exit(0);
}
const rounds = Number(process.env.ROUNDS ?? 9);
const millis = Number(process.env.MILLIS ?? 300);
/** `SMALL`, `LARGE`, `MANY`, `TIERS`: a part of it all. */
const wanted = (part) => (process.env.PARTS ?? 'SMALL,LARGE,MANY,TIERS').split(',').includes(part);
const keyCount = 10_000;
const folder = mkdtempSync(join(tmpdir(), 'larder-bench-'));
const redis = await startRedis(folder);
process.on('exit', () => redis.stopNow());

const clients = [plainIoredis, autopipelining, nodeRedis, nodeRedisWithoutTimeout];
const all = [...clients, larder, layeredLoader, cacheManager, bentocache];

console.log(
  `Redis ${redisServerVersion()}, Node.js ${process.version}; medians of ${rounds} interleaved rounds of ${millis} ms.`,
);
try {
  if (wanted('SMALL')) await readsAndWrites(100, all);
  if (wanted('LARGE')) await readsAndWrites(10_000, all);
  if (wanted('MANY')) await many(100);
  if (wanted('TIERS')) await twoTiers();
} finally {
  await redis.stop();
  rmSync(folder, { recursive: true, force: true });
}

async function readsAndWrites(bytes, contestants) {
  const open = await openAll(contestants, {});
  await fill(open, bytes, keyCount);
  for (const operation of ['get', 'set']) {
    for (const inFlight of [1, 64, 512]) {
      const work = {
        get: (cache) => (at) => cache.get(`user:${(at * 7919) % keyCount}`),
        set: (cache) => {
          const value = documentOf(bytes, 1);
          return (at) => cache.set(`user:${(at * 7919) % keyCount}`, value);
        },
      }[operation];
      await compare(
        `${operation} of ${bytes} bytes of JSON, ${inFlight} in flight`,
        contestants,
        ({ name }) => measureCalls(work(open.get(name)), { inFlight, millis }),
        { rounds },
      );
    }
  }
  await closeAll(open);
}

async function many(count) {
  const contestants = [plainIoredis, nodeRedisWithoutTimeout, larder];
  const open = await openAll(contestants, {});
  await fill(open, 100, keyCount);
  const batches = Array.from({ length: keyCount / count }, (_, batch) =>
    Array.from({ length: count }, (_, at) => `user:${batch * count + at}`),
  );
  for (const inFlight of [1, 16]) {
    await compare(
      `getMany of ${count} keys, ${inFlight} in flight; the clients by one MGET and JSON.parse`,
      contestants,
      ({ name }) => measureCalls((at) => open.get(name).getMany(batches[at % batches.length]), { inFlight, millis }),
      { rounds },
    );
  }
  await closeAll(open);
}

/** Nine reads of ten are of 1,000 keys that memory holds, the tenth of 50,000 that it cannot hold. */
async function twoTiers() {
  const [hot, cold, memory] = [1_000, 50_000, 5_000];
  const contestants = [byHand, larder, layeredLoader, cacheManager, bentocache];
  const open = await openAll(contestants, { memory });
  await fill(open, 100, hot + cold);
  const key = (at) => (at % 10 === 9 ? `user:${hot + (((at - 9) / 10) % cold)}` : `user:${(at * 7919) % hot}`);
  await compare(
    'get through two tiers, 90 % hits in memory, 64 in flight',
    contestants,
    ({ name }) => measureCalls((at) => open.get(name).get(key(at)), { inFlight: 64, millis }),
    { rounds },
  );
  await closeAll(open);
}

async function openAll(contestants, options) {
  const open = new Map();
  for (const [at, { name, open: opened }] of contestants.entries()) {
    open.set(name, await opened(`${redis.url}/${at}`, options));
  }
  return open;
}

/** Each in a database of its own, because some write under the same names. */
async function fill(open, bytes, count) {
  for (const cache of open.values()) {
    for (let from = 0; from < count; from += 500) {
      const batch = Array.from({ length: Math.min(500, count - from) }, (_, at) => from + at);
      await Promise.all(batch.map((at) => cache.set(`user:${at}`, documentOf(bytes, at))));
    }
  }
}

async function closeAll(open) {
  for (const cache of open.values()) await cache.close();
}
