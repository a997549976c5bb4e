import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../differential/redis-server.mjs';

/** Three primaries and a replica of each, of our own, on the loopback interface. */
export async function startRedisCluster(folder) {
  const nodes = [];
  for (let at = 0; at < 6; at++) nodes.push(await startNode(mkdtempSync(join(folder, 'node-'))));
  const hosts = nodes.map(({ port }) => `127.0.0.1:${port}`);
  await untilAll(nodes, 'ping', 'PONG');
  cli('--cluster', 'create', ...hosts, '--cluster-replicas', '1', '--cluster-yes');
  await untilAll(nodes, 'cluster info', 'cluster_state:ok');
  // Who is whose replica gets about a little later than the slots.
  await delay(1_500);
  return {
    addresses: nodes.map(({ port }) => ({ host: '127.0.0.1', port })),
    /** The one that has the slots of most keys of the benchmark is as good as any other. */
    killOnePrimary: () => end(nodes[0].child),
    async stop() {
      await Promise.all(nodes.map(({ child }) => end(child)));
    },
  };
}

async function startNode(folder) {
  const [port, busPort] = [await freePort(), await freePort()];
  const options = ['--port', port, '--cluster-port', busPort, '--bind', '127.0.0.1', '--dir', folder];
  const clustered = ['--cluster-enabled', 'yes', '--cluster-node-timeout', 2000, '--repl-diskless-sync-delay', 0];
  const all = [...options, ...clustered, '--save', '', '--appendonly', 'no'].map(String);
  return { port, child: spawn('redis-server', all, { stdio: 'ignore' }) };
}

function cli(...args) {
  return execFileSync('redis-cli', args.map(String), { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
}

async function untilAll(nodes, command, answer) {
  for (let attempt = 0; attempt < 200; attempt++) {
    if (nodes.every(({ port }) => says(port, command).includes(answer))) return;
    await delay(50);
  }
  throw new Error(`Not every node of the cluster came to answer ${command} with ${answer}.`);
}

function says(port, command) {
  try {
    return cli('-p', port, ...command.split(' '));
  } catch {
    return '';
  }
}

async function end(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}
