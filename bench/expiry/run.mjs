// How long does the sweep of expired entries hold up the event loop, and how much of that is the garbage collector?
import { setTimeout as wait } from 'node:timers/promises';
import { createCache } from '@larder/cache';
import { mulberry32 } from '../zipf.mjs';
import { watchTurns } from './turns.mjs';

const entries = Number(process.env.ENTRIES ?? 10_000_000);
const lives = ['1s', '5s', '20s', '40s', '60s', '1h', '1d'];
const shares = [0.1, 0.2, 0.2, 0.2, 0.2, 0.05, 0.05];
const longestWatch = 180_000;
const random = mulberry32(1);
const cache = createCache({
  memory: { maxEntries: 2 ** 24, maxBytes: '16gb', values: 'share', policy: process.env.POLICY ?? 'w-tinylfu' },
});
let expired = 0;
cache.on('expire', () => {
  expired++;
});

function drawLife() {
  let left = random();
  const at = shares.findIndex((share) => {
    left -= share;
    return left < 0;
  });
  return lives[at === -1 ? 0 : at];
}

const fillStart = performance.now();
for (let at = 0; at < entries; at++) {
  await cache.set(`user:${at}`, at, { ttl: drawLife() });
  if (at % 50_000 === 0) await wait(0);
}
const fillSeconds = ((performance.now() - fillStart) / 1_000).toFixed(0);
console.log(`${entries} entries with lives of ${lives.join(', ')}, filled in ${fillSeconds} s.`);

global.gc?.();
await wait(100);
const expiredInFill = expired;
const watch = watchTurns();
const short = entries * (1 - shares.at(-1) - shares.at(-2));
while (expired < short * 0.999 && watch.millis() < longestWatch) await wait(500);
await watch.end();

const seconds = (watch.millis() / 1_000).toFixed(0);
console.log(`${expired} expired, ${expired - expiredInFill} of them in the ${seconds} s that were watched.\n`);
console.log('| up to | turns of the event loop | turns by their own time |');
console.log('|---:|---:|---:|');
for (const { upTo, turns, ownTurns } of watch.histogram()) console.log(`| ${upTo} ms | ${turns} | ${ownTurns} |`);

console.log(
  '\nThe longest turns, and those with the most time of their own, which is their processor time less collections:\n',
);
console.log('| turn | collections | own time |');
console.log('|---:|---:|---:|');
for (const { millis, collection, own } of [...watch.longest(4, 'millis'), ...watch.longest(4, 'own')]) {
  console.log(`| ${millis.toFixed(1)} ms | ${collection.toFixed(1)} ms | ${own.toFixed(1)} ms |`);
}
process.exit(0);
