import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.js';

/** Why tests that need a real Redis skip; `undefined` where it is installed. */
export const redisIsMissing =
  spawnSync('redis-server', ['--version']).status === 0 ? undefined : 'redis-server is not installed';

/** ` (skipped: …)` for the title of what needs Redis. */
export const ifRedis = redisIsMissing === undefined ? '' : ` (skipped: ${redisIsMissing})`;

export interface RedisServer {
  readonly port: number;
  readonly url: string;
  readonly pid: number;
  /** SIGSTOP: it keeps its connections and says nothing. */
  freeze(): void;
  thaw(): void;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** Starts it again on its port, empty unless its options make it write to its folder. */
  restart(): Promise<void>;
  /** Forgets what it wrote to its folder, once it is killed. */
  erase(): Promise<void>;
  /** Kills it and removes its folder. */
  stop(): Promise<void>;
}

const inMemoryAlone = ['--save', '', '--appendonly', 'no', '--repl-diskless-sync-delay', '0'];

/** A Redis server of the test's own, in memory alone, on a free port of the loopback interface. */
export async function startRedis(options: readonly string[] = [], port?: number): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), 'larder-redis-'));
  const ownPort = port ?? (await freePort());
  const args = ['--port', String(ownPort), '--bind', '127.0.0.1', '--dir', folder, ...inMemoryAlone, ...options];
  let running = await launch(args, ownPort);
  return {
    port: ownPort,
    url: `redis://127.0.0.1:${ownPort}`,
    get pid() {
      return running.pid as number;
    },
    freeze: () => void running.kill('SIGSTOP'),
    thaw: () => void running.kill('SIGCONT'),
    kill: () => end(running),
    async restart() {
      await end(running);
      running = await launch(args, ownPort);
    },
    async erase() {
      await rm(folder, { recursive: true, force: true });
      await mkdir(folder);
    },
    async stop() {
      await end(running);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Starts `redis-server` with these arguments and waits until somebody listens on the port. */
export async function launch(args: readonly string[], port: number): Promise<ChildProcess> {
  const server = spawn('redis-server', args, { stdio: 'ignore' });
  // Also where a test failed before it could stop it.
  const endWithUs = () => server.kill('SIGKILL');
  process.once('exit', endWithUs);
  server.once('exit', () => process.off('exit', endWithUs));
  for (let attempt = 0; attempt < 200 && server.exitCode === null; attempt++) {
    if (await listens(port)) return server;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  server.kill('SIGKILL');
  throw new Error(`redis-server did not start on port ${port}.`);
}

export async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const exited = once(server, 'exit');
  server.kill('SIGKILL');
  await exited;
}

async function listens(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
