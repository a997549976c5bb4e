import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { interleavedRounds, median, medianRatio, showProgress } from '../rounds.mjs';
import { requestsFor } from './load.mjs';

if (process.platform !== 'linux') {
  console.log('This benchmark reads the CPU time of its servers from /proc, so it needs Linux: skipped.');
  process.exit(0);
}
const rounds = Number(process.env.ROUNDS ?? 9);
const millis = Number(process.env.MILLIS ?? 2_000);
const connections = Number(process.env.CONNECTIONS ?? 64);
const key = 'a-key-for-the-benchmark-that-nobody-else-has';
const folder = mkdtempSync(join(tmpdir(), 'larder-bench-'));
const main = new URL('../../packages/server/dist/main.js', import.meta.url).pathname;

const path = '/v1/cache/hundred';
const authorization = `Authorization: Bearer ${key}\r\n`;
const servers = [];

try {
  const bareServer = await startBare();
  // The same request as the service gets: what the request itself costs is no part of the comparison.
  const bare = { name: 'bare node:http handler', ...bareServer, path, headers: authorization };
  const contestants = [
    bare,
    { name: 'bare, asked for GET / without a key', ...bareServer, path: '/', headers: '' },
    { name: 'larder, LMDB, with authentication and metrics', ...(await startLarder('default')) },
    { name: 'the same, LARDER_MEMORY=off', ...(await startLarder('off', { LARDER_MEMORY: 'off' })) },
  ];
  const rates = new Map(contestants.map(({ name }) => [name, []]));
  const samples = await interleavedRounds(
    contestants,
    async (contestant) => {
      const begin = performance.now();
      const cpuBefore = cpuSeconds(contestant.process.pid);
      const requests = await requestsFor(millis, { ...contestant, connections });
      rates.get(contestant.name).push((requests / (performance.now() - begin)) * 1_000);
      return ((cpuSeconds(contestant.process.pid) - cpuBefore) / requests) * 1e6;
    },
    { rounds, warmUps: 2, progress: showProgress('service') },
  );

  console.log(
    `\nGET of 100 bytes, ${connections} connections; medians of ${rounds} interleaved rounds of ${millis} ms.\n`,
  );
  console.log('| server | µs of server CPU a request | requests a second | requests per CPU second, ratio |');
  console.log('|---|---:|---:|---:|');
  for (const { name } of contestants) {
    const ratio = medianRatio(samples.get(bare.name), samples.get(name)).toFixed(3);
    console.log(
      `| ${name} | ${median(samples.get(name)).toFixed(1)} | ${median(rates.get(name)).toFixed(0)} | ${ratio} |`,
    );
  }
} finally {
  for (const child of servers) {
    child.kill('SIGTERM');
    if (child.exitCode === null) await once(child, 'exit');
  }
  rmSync(folder, { recursive: true, force: true });
}

async function startBare() {
  const port = await freePort();
  const server = start(new URL('bare-handler.mjs', import.meta.url).pathname, { PORT: String(port) });
  await answers(`http://127.0.0.1:${port}/`);
  return { port, process: server };
}

async function startLarder(name, environment = {}) {
  const port = await freePort();
  const server = start(main, {
    LARDER_PORT: String(port),
    LARDER_STORE: `lmdb:${join(folder, name)}`,
    LARDER_BOOTSTRAP_KEY: key,
    LARDER_LOG_LEVEL: 'error',
    ...environment,
  });
  await answers(`http://127.0.0.1:${port}/readyz`);
  const put = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: 'PUT',
    body: Buffer.alloc(100, 'x'),
    headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/octet-stream' },
  });
  if (put.status !== 201) throw new Error(`PUT answered ${put.status}: ${await put.text()}`);
  return { port, process: server, path, headers: authorization };
}

function start(file, environment) {
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, NODE_ENV: 'production', ...environment };
  const server = spawn(process.execPath, [file], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  servers.push(server);
  return server;
}

/** utime and stime in clock ticks of 10 ms: the 14th and 15th fields, counted behind the name in parentheses. */
function cpuSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

async function answers(url) {
  for (let attempt = 0; attempt < 200; attempt++) {
    const response = await fetch(url).catch(() => undefined);
    if (response?.ok) return;
    await wait(50);
  }
  throw new Error(`${url} did not answer within 10 s.`);
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
}
