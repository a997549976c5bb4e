import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from '../differential/redis-server.mjs';

const main = new URL('../../packages/server/dist/main.js', import.meta.url).pathname;
const bareHandler = new URL('bare-handler.mjs', import.meta.url).pathname;
const bootstrapKey = 'a-key-for-the-benchmark-that-nobody-else-has';
const started = [];

export const body = Buffer.alloc(100, 'x');
export const entryPath = '/v1/cache/hundred';

/** node:http and 100 bytes, nothing else. */
export async function startBare() {
  const port = await freePort();
  const server = start(process.execPath, [bareHandler], { PORT: String(port) });
  await answers(`http://127.0.0.1:${port}/`);
  return { port, pids: [server.pid] };
}

/** The service with a tenant that has limits and quotas, and an API key of that tenant. */
export async function startLarder(folder, name, environment = {}) {
  const port = await freePort();
  const server = start(process.execPath, [main], {
    LARDER_PORT: String(port),
    LARDER_STORE: `lmdb:${join(folder, name)}`,
    LARDER_BOOTSTRAP_KEY: bootstrapKey,
    LARDER_LOG_LEVEL: 'error',
    ...environment,
  });
  const base = `http://127.0.0.1:${port}`;
  await answers(`${base}/readyz`);
  const plenty = 1e9;
  const limits = { burst: { requests: plenty, seconds: 60 }, daily: { requests: plenty } };
  await admin(base, '/tenants', { id: 'bench', limits });
  const scopes = ['cache:read', 'cache:write'];
  const { key } = await admin(base, '/tenants/bench/keys', { name: 'of the benchmark', scopes });
  const headers = { Authorization: `Bearer ${key}`, 'Content-Type': 'application/octet-stream' };
  const put = (path) => fetch(base + path, { method: 'PUT', body, headers });
  const first = await put(entryPath);
  if (first.status !== 201) throw new Error(`Larder refused the entry: ${first.status} ${await first.text()}`);
  for (let at = 0; at < 100; at++) await put(`/v1/cache/batch-${at}`);
  return { port, pids: [server.pid], headers: `Authorization: Bearer ${key}\r\n` };
}

async function admin(base, path, document) {
  const answer = await fetch(`${base}/admin/v1${path}`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${bootstrapKey}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(document),
  });
  if (answer.status !== 201) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
  return answer.json();
}

/** webdis, an HTTP server written in C, before a Redis: both are counted. `undefined` where a program is missing. */
export async function startWebdis(folder) {
  if (!isThere('webdis') || !isThere('redis-server')) return undefined;
  const redisPort = await freePort();
  const redis = start('redis-server', ['--port', redisPort, '--bind', '127.0.0.1', '--save', ''].map(String));
  const port = await freePort();
  const file = join(folder, 'webdis.json');
  const settings = { redis_host: '127.0.0.1', redis_port: redisPort, http_host: '127.0.0.1', http_port: port };
  const logfile = join(folder, 'webdis.log');
  writeFileSync(
    file,
    JSON.stringify({ ...settings, threads: 1, pool_size: 20, daemonize: false, verbosity: 0, logfile }),
  );
  const webdis = start('webdis', [file]);
  await answers(`http://127.0.0.1:${port}/SET/hundred/${body}`);
  return { port, pids: [webdis.pid, redis.pid], path: '/GET/hundred.txt', headers: '' };
}

export async function stopServers() {
  for (const child of started) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await exited;
  }
}

/** utime and stime in clock ticks of 10 ms: the 14th and 15th fields, counted behind the name in parentheses. */
export function cpuSeconds(pids) {
  return pids.reduce((sum, pid) => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return sum + (Number(fields[11]) + Number(fields[12])) / 100;
  }, 0);
}

function start(program, parameters, environment = {}) {
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, NODE_ENV: 'production', ...environment };
  const server = spawn(program, parameters, { env, stdio: ['ignore', 'ignore', 'inherit'] });
  started.push(server);
  return server;
}

function isThere(program) {
  return spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
}

async function answers(url) {
  for (let attempt = 0; attempt < 200; attempt++) {
    const response = await fetch(url).catch(() => undefined);
    await response?.arrayBuffer();
    if (response?.ok) return;
    await wait(50);
  }
  throw new Error(`${url} did not answer within 10 s.`);
}
