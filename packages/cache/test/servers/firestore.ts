import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, realpathSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setImmediate as nextTick } from 'node:timers/promises';
import { freePort } from './free-port.js';

/** Google's own emulator of Firestore, as a process of its own. */
export interface FirestoreServer {
  readonly host: string;
  readonly pid: number;
  /** Stops it without an answer to anything that comes in; resolves when it has stopped. */
  freeze(): Promise<void>;
  thaw(): void;
  /** As a crash would. */
  kill(): Promise<void>;
  /** On the same port, and empty: the emulator keeps nothing. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

const jarName = 'cloud-firestore-emulator.jar';
const mainClass = 'com.google.cloud.datastore.emulator.firestore.CloudFirestore';
const jar = findJar();

/** Why the tests that need the emulator skip; `undefined` where it can be started. */
export const firestoreMissing = whyMissing();

/** For the title of a test that needs the emulator. */
export const skipNote = firestoreMissing === undefined ? '' : ` (skipped: ${firestoreMissing})`;

export async function startFirestore(): Promise<FirestoreServer> {
  const port = await freePort();
  const host = `127.0.0.1:${port}`;
  let child = await launch(port);

  async function kill(): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  return {
    host,
    get pid() {
      return child.pid as number;
    },
    async freeze() {
      child.kill('SIGSTOP');
      while (!(await isStopped(child.pid as number))) await nextTick();
    },
    thaw: () => void child.kill('SIGCONT'),
    kill,
    async restart() {
      await kill();
      child = await launch(port);
    },
    stop: kill,
  };
}

async function launch(port: number): Promise<ChildProcess> {
  const memory = ['-Xmx512m', '-XX:TieredStopAtLevel=1', '-Duser.language=en'];
  const args = [...memory, '-cp', jar as string, mainClass, '--host=127.0.0.1', `--port=${port}`];
  const child = spawn('java', args, { stdio: ['ignore', 'pipe', 'pipe'] });
  // A test whose clean-up hangs leaves no server behind.
  const killWithUs = () => child.kill('SIGKILL');
  process.once('exit', killWithUs);
  child.once('exit', () => process.off('exit', killWithUs));
  await new Promise<void>((resolve, reject) => {
    let output = '';
    const listen = (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes('is now running')) resolve();
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`The Firestore emulator ended while it started:\n${output}`)));
  });
  return child;
}

/** The signal is sent, not yet obeyed, when `kill` returns: each thread stops when the machine gets to it. */
async function isStopped(pid: number): Promise<boolean> {
  const threads = await readdir(`/proc/${pid}/task`);
  const states = await Promise.all(threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/stat`, 'utf8')));
  return states.every((stat) => /\) T /.test(stat));
}

/** Where LARDER_FIRESTORE_EMULATOR_JAR says, in the usual place, or beside the gcloud on the path. */
function findJar(): string | undefined {
  const inKit = (kit: string) => join(kit, 'platform', 'cloud-firestore-emulator', jarName);
  const named = process.env.LARDER_FIRESTORE_EMULATOR_JAR;
  const places = [named, inKit('/usr/lib/google-cloud-sdk'), ...kitsOnPath().map(inKit)];
  return places.find((place) => place !== undefined && existsSync(place));
}

function kitsOnPath(): string[] {
  const programs = (process.env.PATH ?? '').split(':').map((folder) => join(folder, 'gcloud'));
  return programs.filter((program) => existsSync(program)).map((program) => dirname(dirname(realpathSync(program))));
}

function whyMissing(): string | undefined {
  if (jar === undefined) return `Google's Firestore emulator is not on this machine (LARDER_FIRESTORE_EMULATOR_JAR)`;
  if (spawnSync('java', ['-version']).status !== 0) return 'Java, which the Firestore emulator needs, is not here';
  return undefined;
}
