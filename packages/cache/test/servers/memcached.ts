import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { freePort } from './free-port.js';

/** A memcached of the test's own, on a free port of the loopback interface. */
export interface MemcachedServer {
  readonly port: number;
  readonly address: string;
  readonly pid: number;
  /** The process stands still, and connections stay open. */
  freeze(): void;
  thaw(): void;
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>;
  /** Starts it again, empty, on the same port. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export const isMemcachedMissing = spawnSync('memcached', ['-V']).status !== 0;
export const skipReason = isMemcachedMissing ? ' (skipped: memcached is missing; apt-get install memcached)' : '';

export async function startMemcached(options: readonly string[] = []): Promise<MemcachedServer> {
  const port = await freePort();
  let child = await start(port, options);
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  };
  return {
    port,
    address: `127.0.0.1:${port}`,
    get pid() {
      return child.pid as number;
    },
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    kill: stop,
    stop,
    async restart() {
      await stop();
      child = await start(port, options);
    },
  };
}

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

async function start(port: number, options: readonly string[]): Promise<ChildProcess> {
  // Run by root it wants to know whose rights to take; run by anybody else it ignores the option.
  const args = ['-u', 'nobody', '-l', '127.0.0.1', '-p', `${port}`, '-U', '0', ...options];
  const child = spawn('memcached', args, { stdio: 'ignore' });
  running.add(child);
  child.once('exit', () => running.delete(child));
  for (let attempt = 0; attempt < 500; attempt += 1) {
    if (await accepts(port)) return child;
    if (child.exitCode !== null) break;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`memcached ${args.join(' ')} did not start.`);
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
