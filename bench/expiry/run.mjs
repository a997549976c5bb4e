// How long does the sweep of expired entries hold up the event loop?
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { createCache } from '@larder/cache';
import { mulberry32 } from '../zipf.mjs';

const entries = Number(process.env.ENTRIES ?? 10_000_000);
const lives = ['1s', '5s', '20s', '40s', '60s', '1h', '1d'];
const shares = [0.1, 0.2, 0.2, 0.2, 0.2, 0.05, 0.05];
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
console.log(
  `${entries} entries with lives of ${lives.join(', ')}, filled in ${((performance.now() - fillStart) / 1_000).toFixed(0)} s.`,
);

global.gc?.();
const passes = new Map();
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
const watched = performance.now();
let last = performance.now();
let longest = 0;
const turns = setInterval(() => {
  const now = performance.now();
  const turn = now - last;
  last = now;
  longest = Math.max(longest, turn);
  const bucket = 2 ** Math.ceil(Math.log2(Math.max(turn, 0.5)));
  passes.set(bucket, (passes.get(bucket) ?? 0) + 1);
}, 1);
const short = entries * (1 - shares.at(-1) - shares.at(-2));
while (expired < short * 0.999 && performance.now() - watched < 180_000) await wait(500);
clearInterval(turns);
delay.disable();

console.log(`${expired} expired; watched for ${((performance.now() - watched) / 1_000).toFixed(0)} s.\n`);
console.log('| turn of the event loop, up to | turns |');
console.log('|---:|---:|');
for (const [bucket, count] of [...passes].sort(([one], [other]) => one - other))
  console.log(`| ${bucket} ms | ${count} |`);
console.log(
  `\nDelay of the event loop: p50 ${(delay.percentile(50) / 1e6).toFixed(1)} ms, p99 ${(delay.percentile(99) / 1e6).toFixed(1)} ms, p99.99 ${(delay.percentile(99.99) / 1e6).toFixed(1)} ms, longest ${(delay.max / 1e6).toFixed(1)} ms (a turn waits 1 ms for its timer).`,
);
process.exit(0);
