import { randomBytes } from 'node:crypto';
import { createCache } from '@larder/cache';
import { memoryMapStore, seededRandom } from '@larder/cache/testing';
import { interleavedRounds, median, medianRatio, showProgress } from '../rounds.mjs';

/** What each codec costs a set and a get, and what it leaves of JSON rows, through a cache without a memory tier. */
const rounds = Number(process.env.ROUNDS ?? 15);
const sizes = [1, 10, 100];
const encryption = { keys: [{ id: '2026-11', secret: randomBytes(32) }] };
const settings = [
  ['none', {}],
  ...['gzip', 'brotli', 'lz4', 'zstd'].map((codec) => [codec, { compression: { codec, above: '0b' } }]),
  ['encryption', { encryption }],
  ['gzip, encryption', { compression: { codec: 'gzip', above: '0b' }, encryption }],
  ['lz4, encryption', { compression: { codec: 'lz4', above: '0b' }, encryption }],
];

/** Rows as a query answers them, of about so many bytes of JSON. */
function rowsOf(bytes) {
  const random = seededRandom(1);
  const pick = (...words) => words[Math.floor(random() * words.length)];
  const rows = [];
  while (JSON.stringify(rows).length < bytes) {
    rows.push({
      id: Math.floor(random() * 1e9),
      name: `${pick('Anna', 'Ben', 'Chloé', 'David', 'Elif', 'Femi')} ${pick('Ito', 'Jansen', 'Kaya', 'Lopez', 'Meyer')}`,
      email: `${Math.floor(random() * 1e9).toString(36)}@${pick('example.org', 'example.com', 'example.net')}`,
      createdAt: new Date(1.7e12 + Math.floor(random() * 5e10)).toISOString(),
      balance: Math.floor(random() * 1e6) / 100,
      plan: pick('free', 'team', 'business'),
      active: random() < 0.8,
    });
  }
  return rows;
}

async function open(name, options, kilobytes) {
  const store = memoryMapStore();
  const cache = createCache({ store, memory: false, ttl: '1d', ...options });
  const value = rowsOf(kilobytes * 1000);
  await cache.set('k', value);
  const [{ bytes }] = await store.get([':k'], { now: Date.now() });
  const calls = Math.max(20, Math.round(2_000 / kilobytes));
  return { name: `${kilobytes} ${name}`, setting: name, kilobytes, cache, value, calls, stored: bytes.length };
}

/** Of processor time, that of the threads of zlib and of the garbage collector included. */
async function microsOf(calls, work) {
  const start = process.cpuUsage();
  for (let call = 0; call < calls; call++) await work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / calls;
}

async function measure({ cache, value, calls }) {
  return {
    set: await microsOf(calls, () => cache.set('k', value)),
    get: await microsOf(calls, () => cache.get('k')),
  };
}

console.log(
  `One key, JSON rows, no memory tier; processor time, medians of ${rounds} interleaved rounds. Node.js ${process.version}.\n`,
);
console.log('| JSON | codec | bytes stored | of plain | set: µs | times plain | get: µs | times plain |');
console.log('|---:|---|---:|---:|---:|---:|---:|---:|');
for (const kilobytes of sizes) {
  const contestants = await Promise.all(settings.map(([name, options]) => open(name, options, kilobytes)));
  const progress = showProgress(`codecs, ${kilobytes} kB`);
  const samples = await interleavedRounds(contestants, measure, { rounds, warmUps: 3, progress });
  const [plain] = contestants;
  for (const { name, setting, stored } of contestants) {
    const costs = ['set', 'get'].map((call) => {
      const own = samples.get(name).map((sample) => sample[call]);
      const plains = samples.get(plain.name).map((sample) => sample[call]);
      return `${median(own).toFixed(0)} | ${(1 / medianRatio(plains, own)).toFixed(1)}`;
    });
    const share = `${((100 * stored) / plain.stored).toFixed(0)} %`;
    console.log(`| ${kilobytes} kB | ${setting} | ${stored} | ${share} | ${costs.join(' | ')} |`);
  }
  await Promise.all(contestants.map(({ cache }) => cache.close()));
}
