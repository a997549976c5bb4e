import { createCache } from '@larder/cache';
import { interleavedRounds, median, medianRatio, showProgress } from '../rounds.mjs';

/** What invalidating a tag costs that 100,000 entries carry, and what tagged reads cost after it. */
const rounds = Number(process.env.ROUNDS ?? 25);
const entries = 100_000;
const reads = 100_000;
const tagged = Array.from({ length: entries }, (_, at) => `tagged:${at}`);
const untagged = Array.from({ length: entries }, (_, at) => `untagged:${at}`);

const cache = createCache({ ttl: '1h', memory: { maxEntries: 3 * entries } });
await cache.setMany(
  untagged.map((key) => [key, { id: key }]),
  {},
);
await cache.setMany(
  tagged.map((key) => [key, { id: key }]),
  { tags: ['carried', 'by all'] },
);
await cache.set('other', 1, { tags: ['another'] });

/** The first 10,000 keys in turn, as a working set that is read again and again. */
async function readAll(keys) {
  const start = process.hrtime.bigint();
  for (let at = 0; at < reads; at++) await cache.get(keys[at % 10_000]);
  return Number(process.hrtime.bigint() - start) / reads;
}

const contestants = [
  { name: 'untagged', run: () => readAll(untagged) },
  { name: 'tagged', run: () => readAll(tagged) },
  {
    name: 'tagged, after an invalidation of another tag',
    async run() {
      await cache.invalidateTags(['another']);
      return readAll(tagged);
    },
  },
];
const samples = await interleavedRounds(contestants, ({ run }) => run(), {
  rounds,
  warmUps: 3,
  progress: showProgress('tags'),
});

const invalidations = [];
for (let round = 0; round < 100; round++) {
  const start = process.hrtime.bigint();
  await cache.invalidateTags(['carried']);
  invalidations.push(Number(process.hrtime.bigint() - start) / 1e6);
}
const gone = (await Promise.all(tagged.map((key) => cache.get(key)))).every((value) => value === undefined);
const kept = (await Promise.all(untagged.map((key) => cache.get(key)))).every((value) => value !== undefined);
if (!gone || !kept) throw new Error('The invalidation did not do what it is measured for.');

console.log(`Reads among ${2 * entries} entries, half of them tagged; medians of ${rounds} interleaved rounds.\n`);
console.log('| get | ns | times untagged |');
console.log('|---|---:|---:|');
for (const { name } of contestants) {
  const times = 1 / medianRatio(samples.get('untagged'), samples.get(name));
  console.log(`| ${name} | ${median(samples.get(name)).toFixed(0)} | ${times.toFixed(2)} |`);
}
const longest = Math.max(...invalidations);
console.log(
  `\ninvalidateTags over ${entries} entries: median ${median(invalidations).toFixed(4)} ms, longest of 100 ${longest.toFixed(3)} ms.`,
);
await cache.close();
