import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { interleavedRounds, median, medianRatio, showProgress } from '../rounds.mjs';
import { requestsFor } from './load.mjs';
import { cpuSeconds, entryPath, startBare, startLarder, startWebdis, stopServers } from './servers.mjs';

if (process.platform !== 'linux') {
  console.log('This benchmark reads the CPU time of its servers from /proc, so it needs Linux: skipped.');
  process.exit(0);
}
const rounds = Number(process.env.ROUNDS ?? 9);
const millis = Number(process.env.MILLIS ?? 2_000);
const connections = Number(process.env.CONNECTIONS ?? 64);
const folder = mkdtempSync(join(tmpdir(), 'larder-bench-'));

try {
  const larder = { ...(await startLarder(folder, 'default')), path: entryPath };
  await singleReads(larder);
  await batches(larder);
} finally {
  await stopServers();
  rmSync(folder, { recursive: true, force: true });
}

async function singleReads(larder) {
  const bareServer = await startBare();
  // The same request as the service gets: what the request itself costs is no part of the comparison.
  const bare = { name: 'bare node:http handler', ...bareServer, path: entryPath, headers: larder.headers };
  const withoutMemory = await startLarder(folder, 'off', { LARDER_MEMORY: 'off' });
  const webdis = await startWebdis(folder);
  const contestants = [
    bare,
    { name: 'bare, asked for GET / without a key', ...bareServer, path: '/', headers: '' },
    { name: 'larder, LMDB, with authentication, limits and metrics', ...larder },
    { name: 'the same, LARDER_MEMORY=off', ...withoutMemory, path: entryPath },
    ...(webdis === undefined ? [] : [{ name: 'webdis and its Redis', ...webdis }]),
  ];
  if (webdis === undefined) console.log('webdis is missing (apt-get install webdis redis-server): its row is skipped.');
  const { micros, rates } = await measure(contestants, 'single reads');
  console.log(
    `\nGET of 100 bytes, ${connections} connections; medians of ${rounds} interleaved rounds of ${millis} ms.\n`,
  );
  console.log('| server | µs of server CPU a request | requests a second | requests per CPU second, ratio |');
  console.log('|---|---:|---:|---:|');
  for (const { name } of contestants) {
    const ratio = medianRatio(micros.get(bare.name), micros.get(name)).toFixed(3);
    console.log(
      `| ${name} | ${median(micros.get(name)).toFixed(1)} | ${median(rates.get(name)).toFixed(0)} | ${ratio} |`,
    );
  }
}

async function batches(larder) {
  const operations = Array.from({ length: 100 }, (_, at) => ({ op: 'get', key: `batch-${at}` }));
  const contestants = [
    { name: 'GET, one key a request', ...larder, keys: 1 },
    {
      name: 'POST /v1/batch, 100 keys a request',
      ...larder,
      ...{ keys: 100, method: 'POST', path: '/v1/batch', body: JSON.stringify({ operations }) },
      headers: `${larder.headers}Content-Type: application/json\r\n`,
    },
  ];
  const { micros, rates } = await measure(contestants, 'batches');
  console.log('\n| | keys a second | µs of server CPU a key | keys a second, ratio | keys per CPU second, ratio |');
  console.log('|---|---:|---:|---:|---:|');
  const perKey = (samples, { keys }) => samples.map((sample) => sample / keys);
  const [one] = contestants;
  for (const each of contestants) {
    const cpu = perKey(micros.get(each.name), each);
    const rate = rates.get(each.name).map((requests) => requests * each.keys);
    const rateRatio = medianRatio(rate, rates.get(one.name));
    const cpuRatio = medianRatio(micros.get(one.name), cpu);
    console.log(
      `| ${each.name} | ${median(rate).toFixed(0)} | ${median(cpu).toFixed(2)} | ${rateRatio.toFixed(1)} | ${cpuRatio.toFixed(1)} |`,
    );
  }
}

/** Microseconds of the server's processor a request, and requests a second, of each round. */
async function measure(contestants, title) {
  const rates = new Map(contestants.map(({ name }) => [name, []]));
  const warmUps = 2;
  let samplesTaken = 0;
  const micros = await interleavedRounds(
    contestants,
    async (contestant) => {
      const begin = performance.now();
      const cpuBefore = cpuSeconds(contestant.pids);
      const requests = await requestsFor(millis, { ...contestant, connections });
      const rate = (requests / (performance.now() - begin)) * 1_000;
      if (samplesTaken++ >= warmUps * contestants.length) rates.get(contestant.name).push(rate);
      return ((cpuSeconds(contestant.pids) - cpuBefore) / requests) * 1e6;
    },
    { rounds, warmUps, progress: showProgress(title) },
  );
  return { micros, rates };
}
