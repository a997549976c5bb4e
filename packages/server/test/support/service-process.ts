import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** What LARDER_BOOTSTRAP_KEY is in tests. */
export const apiKey = 'the-key-of-the-tests-which-is-long-enough';

export interface ServiceProcess {
  readonly port: number;
  readonly base: string;
  readonly child: ChildProcess;
  /** What it printed so far. */
  output(): string;
  /** `SIGKILL`, as a machine that loses power to the process would. */
  kill(): Promise<void>;
  /** `SIGTERM`; resolves with the exit code. */
  stop(): Promise<number | null>;
}

interface StartOptions {
  readonly port?: number;
  readonly bootstrap?: false;
  readonly memory?: string | undefined;
  readonly workers?: number | undefined;
  /** Instead of what is set for tests. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
  readonly folder?: string;
}

/** The built service as a process of its own; resolves once it is ready. */
export async function startService(store: string, options: StartOptions = {}): Promise<ServiceProcess> {
  const port = options.port ?? (await freePort());
  const child = spawn(process.execPath, [main, ...parametersOf(options)], {
    ...(options.folder === undefined ? {} : { cwd: options.folder }),
    env: {
      PATH: process.env.PATH,
      LARDER_PORT: String(port),
      LARDER_STORE: store,
      ...(options.bootstrap === false ? {} : { LARDER_BOOTSTRAP_KEY: apiKey }),
      ...(options.memory === undefined ? {} : { LARDER_MEMORY: options.memory }),
      LARDER_LOG_LEVEL: 'error',
      LARDER_DRAIN_DELAY: '0s',
      ...options.environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (data) => printed.push(String(data)));
  const base = `http://127.0.0.1:${port}`;
  const output = () => printed.join('');
  await untilReady(base, child, output);
  return {
    port,
    base,
    child,
    output,
    kill: async () => void (await end(child, 'SIGKILL')),
    stop: () => end(child, 'SIGTERM'),
  };
}

function parametersOf({ workers }: StartOptions): readonly string[] {
  return workers === undefined ? [] : ['serve', '--workers', String(workers)];
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

export async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const exited = once(child, 'exit');
  child.kill(signal);
  const [code] = await exited;
  return code;
}

export async function untilReady(base: string, child: ChildProcess, output: () => string): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (Date.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`The service ended with ${child.exitCode}: ${output()}`);
    const response = await fetch(`${base}/readyz`).catch(() => undefined);
    await response?.arrayBuffer();
    if (response?.status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  child.kill('SIGKILL');
  throw new Error(`The service was not ready within 20 s: ${output()}`);
}
