import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, untilReady } from '../support/service-process.js';
import { basePath } from './base-root.js';
import type { Image } from './build-image.js';
import { enter, type Inside } from './namespaces.js';

export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

export interface Container {
  readonly port: number;
  readonly base: string;
  /** What it printed so far. */
  output(): string;
  /** Runs a command beside it, as the same user: what `docker exec` and HEALTHCHECK do. */
  execute(command: readonly string[]): Promise<Ended>;
  signal(signal: NodeJS.Signals): void;
  /** Resolves with its exit code. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

export interface RunOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** The folder that is its volume. */
  readonly volume: string;
  readonly parameters?: readonly string[];
}

/** An empty volume takes over owner and rights of what the image has in its place. */
export function newVolume({ root, volumes: [at = ''] }: Image, folder: string): string {
  const { uid, gid, mode } = statSync(join(root, at));
  mkdirSync(folder);
  chownSync(folder, uid, gid);
  chmodSync(folder, mode);
  return folder;
}

/** The image with a root that cannot be written to, on a free port of the loopback interface; resolves once it is ready. */
export async function startContainer(image: Image, options: RunOptions): Promise<Container> {
  const port = await freePort();
  const environment = { LARDER_HOST: '127.0.0.1', PORT: String(port), ...options.environment };
  const inside = insideOf(image, { ...options, environment });
  const child = launch(image, inside, options.parameters);
  const printed = collect(child);
  const base = `http://127.0.0.1:${port}`;
  await untilReady(base, child, () => printed.join(''));
  const number = firstProcess(child);
  return {
    port,
    base,
    output: () => printed.join(''),
    execute: (command) => executeBeside(number, inside, command),
    signal: (signal) => void process.kill(number, signal),
    async end(signal) {
      if (child.exitCode === null) {
        const exited = once(child, 'exit');
        process.kill(number, signal);
        await exited;
      }
      return child.exitCode;
    },
  };
}

/** The image, until it ends by itself. */
export async function runContainer(image: Image, options: RunOptions): Promise<Ended> {
  const child = launch(image, insideOf(image, options), options.parameters);
  const printed = collect(child);
  const timer = setTimeout(() => child.kill('SIGKILL'), 20_000);
  await once(child, 'close');
  clearTimeout(timer);
  return { code: child.exitCode, output: printed.join('') };
}

function insideOf(image: Image, { volume, environment = {} }: RunOptions): Inside {
  return {
    root: image.root,
    readOnly: true,
    mounts: image.volumes.map((to) => ({ from: volume, to })),
    user: image.user ?? '0:0',
    workingFolder: image.workingFolder,
    environment: { PATH: basePath, ...image.environment, ...environment },
  };
}

function launch({ entrypoint }: Image, inside: Inside, parameters: readonly string[] = []): ChildProcess {
  const [program, words] = enter(inside, [...entrypoint, ...parameters]);
  return spawn(program, words, { stdio: ['ignore', 'pipe', 'pipe'] });
}

function collect(child: ChildProcess): readonly string[] {
  const printed: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (data) => printed.push(String(data)));
  return printed;
}

/** `unshare` waits for the process that is number 1 inside. */
function firstProcess({ pid }: ChildProcess): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim());
}

function executeBeside(number: number, inside: Inside, command: readonly string[]): Promise<Ended> {
  const [uid = '', gid = ''] = inside.user.split(':');
  const into = ['--target', String(number), '--mount', '--pid', '--root', '--wd', '--setuid', uid, '--setgid', gid];
  const environment = Object.entries(inside.environment).map(([name, value]) => `${name}=${value}`);
  const words = [...into, '/usr/bin/env', '-i', ...environment, ...command];
  return new Promise((resolve) => {
    execFile('nsenter', words, { timeout: 20_000 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), output: stdout + stderr });
    });
  });
}
