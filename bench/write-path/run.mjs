import { createCache } from '@larder/cache';
import { LRUCache } from 'lru-cache';
import { interleavedRounds, median, medianRatio, showProgress } from '../rounds.mjs';
import { versionOf } from '../table.mjs';

const capacity = 10_000;
const keys = Array.from({ length: 100_000 }, (_, at) => `user:${at}`);
const rounds = Number(process.env.ROUNDS ?? 15);
const values = { text: 'Alice Example', object: { id: 1, name: 'Alice Example', email: 'alice@example.com' } };

const contestants = [
  {
    name: 'lru-cache',
    open() {
      const cache = new LRUCache({ max: capacity, ttl: 3_600_000 });
      return (key, value) => cache.set(key, value);
    },
  },
  larder('larder (freeze, the default)', {}),
  larder('larder (share)', { values: 'share' }),
  larder('larder (share, lru)', { values: 'share', policy: 'lru' }),
];

function larder(name, memory) {
  return {
    name,
    open() {
      const cache = createCache({ memory: { maxEntries: capacity, ...memory }, ttl: '1h' });
      return (key, value) => cache.set(key, value, { ttl: '1h' });
    },
  };
}

console.log(
  `set with a life, capacity ${capacity}, ${keys.length} distinct keys in turn, awaited; ${rounds} interleaved rounds.\n`,
);
console.log('| value | contestant | version | ns a set | ratio to lru-cache |');
console.log('|---|---|---|---:|---:|');
for (const [kind, value] of Object.entries(values)) {
  const opened = contestants.map((contestant) => ({ ...contestant, set: contestant.open() }));
  const timed = async ({ set }) => {
    const start = process.hrtime.bigint();
    for (let at = 0; at < keys.length; at++) await set(keys[at], value);
    return Number(process.hrtime.bigint() - start) / keys.length;
  };
  const samples = await interleavedRounds(opened, timed, { rounds, warmUps: 3, progress: showProgress(kind) });
  for (const { name } of contestants) {
    const ratio = medianRatio(samples.get('lru-cache'), samples.get(name)).toFixed(2);
    console.log(`| ${kind} | ${name} | ${versionOf(name)} | ${median(samples.get(name)).toFixed(0)} | ${ratio} |`);
  }
}
process.exit(0);
