import { spawnSync } from 'node:child_process';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** A folder or file of this machine, seen at a path inside. */
export interface Mount {
  readonly from: string;
  readonly to: string;
  readonly readOnly?: boolean;
}

export interface Inside {
  /** The folder that is `/`. */
  readonly root: string;
  readonly readOnly: boolean;
  readonly mounts: readonly Mount[];
  /** `uid:gid` in numbers. */
  readonly user: string;
  readonly workingFolder: string;
  readonly environment: Readonly<Record<string, string>>;
}

const devices = ['null', 'zero', 'full', 'random', 'urandom'];
/** What there has to be in a root that is entered. */
export const mountPoints = { folders: ['/proc', '/dev'], files: devices.map((name) => `/dev/${name}`) };

/** Why containers cannot be imitated here; `undefined` where they can. */
export const namespacesAreMissing = whyNot();

function whyNot(): string | undefined {
  if (process.platform !== 'linux') return 'this is not Linux';
  if (process.getuid?.() !== 0) return 'only root may enter another root';
  const tried = spawnSync('unshare', ['--mount', '--pid', '--fork', 'setpriv', '--no-new-privs', 'true']);
  return tried.status === 0 ? undefined : 'unshare may not make namespaces';
}

/**
 * The command that runs another as a container would: its own root, mounts and process numbers, in which it is number 1,
 * and no way to more rights. The network is that of the machine.
 */
export function enter(inside: Inside, command: readonly string[]): readonly [string, readonly string[]] {
  const { root, mounts, user, workingFolder, environment } = inside;
  for (const mount of mounts) makeMountPoint(mount, root);
  const script = [
    'set -e',
    `mount --bind ${quoted(root)} ${quoted(root)}`,
    ...(inside.readOnly ? [`mount -o remount,bind,ro ${quoted(root)}`] : []),
    `mount -t proc proc ${quoted(`${root}/proc`)}`,
    ...[...devices.map((name) => ({ from: `/dev/${name}`, to: `/dev/${name}` })), ...mounts].flatMap((mount) =>
      bind(mount, root),
    ),
    `exec setpriv --no-new-privs chroot --userspec=${user} --groups= ${quoted(root)} "$@"`,
  ];
  const words = [
    ...['env', '-i', '-C', workingFolder, ...Object.entries(environment).map(([name, value]) => `${name}=${value}`)],
    ...command,
  ];
  return ['unshare', ['--mount', '--pid', '--fork', '--kill-child', 'sh', '-c', script.join('\n'), 'sh', ...words]];
}

function makeMountPoint({ from, to }: Mount, root: string): void {
  const at = `${root}${to}`;
  const isFolder = statSync(from).isDirectory();
  mkdirSync(isFolder ? at : dirname(at), { recursive: true });
  if (!isFolder) writeFileSync(at, '', { flag: 'a' });
}

function bind({ from, to, readOnly = false }: Mount, root: string): readonly string[] {
  const at = quoted(`${root}${to}`);
  return [`mount --bind ${quoted(from)} ${at}`, ...(readOnly ? [`mount -o remount,bind,ro ${at}`] : [])];
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
