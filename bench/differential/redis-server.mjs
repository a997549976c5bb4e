import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { delay } from './waiting.mjs';

export function redisServerVersion() {
  const { status, stdout } = spawnSync('redis-server', ['--version'], { encoding: 'utf8' });
  return status === 0 ? /v=(\S+)/.exec(stdout)?.[1] : undefined;
}

/** A port of the loopback interface where nobody listens. */
export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** A Redis server of our own, in memory alone, that can be frozen, killed and started again on its port. */
export async function startRedis(folder) {
  const port = await freePort();
  let running = await launch(port, folder);
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    async freeze() {
      running.kill('SIGSTOP');
    },
    async thaw() {
      running.kill('SIGCONT');
    },
    async kill() {
      await end(running);
    },
    async restart() {
      running = await launch(port, folder);
    },
    stop: () => end(running),
    stopNow: () => running.kill('SIGKILL'),
  };
}

async function launch(port, folder) {
  const options = ['--port', port, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder];
  const server = spawn('redis-server', options.map(String), { stdio: 'ignore' });
  for (let attempt = 0; attempt < 100; attempt++) {
    if (server.exitCode !== null) break;
    if (await answers(port)) return server;
    await delay(50);
  }
  server.kill('SIGKILL');
  throw new Error(`redis-server did not start on port ${port}.`);
}

async function answers(port) {
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

async function end(server) {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const exited = once(server, 'exit');
  server.kill('SIGKILL');
  await exited;
}
