import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { freePort } from './free-port.js';

const main = fileURLToPath(new URL('../../../server/dist/main.js', import.meta.url));
const bootstrapKey = 'the-key-of-the-tests-which-is-long-enough';

/** A Larder service of the test's own, with a tenant for whoever asks for one. */
export interface LarderService {
  readonly port: number;
  readonly url: string;
  /** An API key of a tenant that is new and empty. */
  newTenant(): Promise<string>;
  /** A request with the key of the operator. */
  admin(method: string, path: string, body?: unknown): Promise<Response>;
  kill(): Promise<void>;
  freeze(): void;
  thaw(): void;
  /** Starts it again on the same port and store. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export const serviceIsMissing = existsSync(main) ? undefined : 'packages/server is not built; npm run build';

export async function startLarderService(store = 'memory:'): Promise<LarderService> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  let child = await launch(port, store);
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  };
  const admin = (method: string, path: string, body?: unknown) =>
    fetch(`${url}/admin/v1${path}`, {
      method,
      headers: { Authorization: `Bearer ${bootstrapKey}`, 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  let tenants = 0;
  return {
    port,
    url,
    admin,
    async newTenant() {
      const id = `tenant-${tenants++}`;
      await admin('POST', '/tenants', { id });
      const scopes = ['cache:read', 'cache:write', 'cache:delete', 'cache:list'];
      const made = await admin('POST', `/tenants/${id}/keys`, { name: 'of a test', scopes });
      return ((await made.json()) as { key: string }).key;
    },
    kill: () => end('SIGKILL'),
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    async restart() {
      child = await launch(port, store);
    },
    async stop() {
      child.kill('SIGCONT');
      await end('SIGKILL');
    },
  };
}

async function launch(port: number, store: string): Promise<ChildProcess> {
  const env = {
    PATH: process.env.PATH,
    LARDER_PORT: String(port),
    LARDER_STORE: store,
    LARDER_BOOTSTRAP_KEY: bootstrapKey,
    LARDER_LOG_LEVEL: 'error',
  };
  const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const printed: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => printed.push(String(data)));
  const deadline = Date.now() + 20_000;
  while (Date.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`The service ended with ${child.exitCode}: ${printed.join('')}`);
    const response = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
    await response?.arrayBuffer();
    if (response?.status === 200) return child;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  child.kill('SIGKILL');
  throw new Error(`The service was not ready within 20 s: ${printed.join('')}`);
}
