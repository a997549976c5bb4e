import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { mountPoints } from './namespaces.js';

export const basePath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Of what Debian slim has: enough for our steps, and no compiler, Python, curl or git. */
const programs = ['/bin/sh', '/usr/bin/env', '/bin/mkdir', '/bin/chown'];

/** What any Debian has of the C library, and native packages may ask for. */
const libraries = ['libm.so.6', 'libdl.so.2', 'libpthread.so.0', 'librt.so.1', 'libresolv.so.2', 'libutil.so.1'];

/** A root like that of the image `node:<major>-bookworm-slim`, of what this machine has of it. */
export function makeBaseRoot(root: string): void {
  for (const folder of ['/tmp', '/root', '/etc', '/usr/local/bin', ...mountPoints.folders])
    mkdirSync(join(root, folder), { recursive: true });
  chmodSync(root, 0o755);
  chmodSync(join(root, 'tmp'), 0o1777);
  for (const file of mountPoints.files) writeFileSync(join(root, file), '');
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0::/root:/bin/sh\nnode:x:1000:1000::/home/node:/bin/sh\n');
  writeFileSync(join(root, 'etc/group'), 'root:x:0:\nnode:x:1000:\n');
  for (const program of programs) copyProgram(realpathSync(program), root, program);
  copyProgram(process.execPath, root, '/usr/local/bin/node');
  copyNpm(root);
}

function copyProgram(from: string, root: string, to: string): void {
  const { stdout } = spawnSync('ldd', [from], { encoding: 'utf8' });
  const needed = [...stdout.matchAll(/(\/\S+) \(0x/g)].map(([, path]) => path as string);
  const libc = needed.find((path) => path.endsWith('/libc.so.6'));
  const beside = libc === undefined ? [] : libraries.map((name) => join(dirname(libc), name));
  for (const library of [...needed, ...beside]) {
    if (existsSync(library)) copy(realpathSync(library), join(root, library));
  }
  copy(from, join(root, to));
}

function copy(from: string, to: string): void {
  if (existsSync(to)) return;
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, to);
}

function copyNpm(root: string): void {
  const folder = 'usr/local/lib/node_modules/npm';
  cpSync(dirname(dirname(npmProgram())), join(root, folder), { recursive: true });
  symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(root, 'usr/local/bin/npm'));
}

function npmProgram(): string {
  const found = (process.env.PATH ?? '')
    .split(':')
    .map((folder) => join(folder, 'npm'))
    .filter((file) => existsSync(file))
    .map((file) => realpathSync(file))
    .find((file) => file.endsWith('/npm/bin/npm-cli.js'));
  if (found === undefined) throw new Error('There is no npm on the PATH.');
  return found;
}
