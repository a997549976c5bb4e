import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCache } from '@larder/cache';
import { timed } from '../differential/waiting.mjs';
import { backEnds } from './back-ends.mjs';

/*
 * What a caller of Larder sees while its back end is away, and for how long: real servers, killed, frozen, restarted
 * empty, cut off in the middle of a reply, slowed down. Memory is off, so that every call needs the store.
 */
const storeTimeoutMillis = Number(process.env.STORE_TIMEOUT ?? 500);
const attempts = 5;
const folder = mkdtempSync(join(tmpdir(), 'larder-outages-'));

const calls = {
  get: (cache, at) => cache.get(`held:${at}`),
  'getOrSet, cold': (cache, at) => cache.getOrSet(`cold:${at}`, () => 'loaded'),
  set: (cache, at) => cache.set(`written:${at}`, 'value'),
  increment: (cache, at) => cache.increment(`counter:${at}`, 1),
  add: (cache, at) => cache.add(`added:${at}`, 'value'),
};

console.log(`storeTimeout ${storeTimeoutMillis} ms; each call ${attempts} times, one after the other.`);
try {
  for (const { name, missing, open, outages } of backEnds) {
    if (missing !== undefined) {
      console.log(`\n${name}: skipped, ${missing}`);
      continue;
    }
    console.log(`\n### ${name}\n`);
    console.log(`| outage | ${Object.keys(calls).join(' | ')} | longest | answers again |`);
    console.log(
      `|---|${Object.keys(calls)
        .map(() => '---|')
        .join('')}---:|---:|`,
    );
    for (const outage of outages) await report(open, outage);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function report(open, outage) {
  const backEnd = await open(folder);
  const cache = createCache({
    memory: false,
    ttl: '1h',
    storeTimeout: `${storeTimeoutMillis}ms`,
    store: backEnd.store,
  });
  try {
    for (let at = 0; at < attempts; at++) {
      await cache.set(`held:${at}`, 'kept');
      await cache.increment(`counter:${at}`, 1);
    }
    await outage.begin(backEnd);
    let longest = 0;
    const seen = [];
    for (const call of Object.values(calls)) {
      const answers = new Set();
      for (let at = 0; at < attempts; at++) {
        const outcome = await timed(() => call(cache, at), 20_000);
        longest = Math.max(longest, outcome.ms);
        answers.add(describe(outcome));
      }
      seen.push([...answers].join('; '));
    }
    await outage.end(backEnd);
    const again = await millisUntilAnswering(cache);
    console.log(`| ${outage.name} | ${seen.join(' | ')} | ${longest.toFixed(0)} ms | ${again} |`);
  } finally {
    await cache.close();
    await backEnd.stop();
  }
}

function describe({ value, error, stillWaiting }) {
  if (stillWaiting) return '**still waiting**';
  if (error !== undefined) return error.code ?? `**${error.message}**`;
  return typeof value === 'string' ? `'${value}'` : String(value);
}

/** Without a restart of this process: writes of many keys, and reads that see them. */
async function millisUntilAnswering(cache) {
  const begin = performance.now();
  const probes = Array.from({ length: 50 }, (_, at) => `probe:${at}`);
  for (let at = 0; performance.now() - begin < 30_000; at++) {
    await cache.setMany(probes.map((key) => [key, at]));
    const seen = await cache.getMany(probes);
    if (probes.every((key) => seen.get(key) === at)) return `${Math.round(performance.now() - begin)} ms`;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return '**never**';
}
