import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** Runs a command in the project's root; answers whether it succeeded. */
export function run(command, args, { cwd = root, quiet = false } = {}) {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd,
    stdio: quiet ? 'pipe' : 'inherit',
    encoding: 'utf8',
  });
  if (status !== 0 && quiet) process.stderr.write(`${stdout ?? ''}${stderr ?? ''}`);
  return status === 0;
}

/** Runs a command of an installed package. */
export function runTool(tool, args, options) {
  return run(process.execPath, [toolPath(tool), ...args], options);
}

function toolPath(tool) {
  const manifestFile = `${root}node_modules/${tool}/package.json`;
  const { bin } = JSON.parse(readFileSync(manifestFile, 'utf8'));
  const file = typeof bin === 'string' ? bin : (bin[tool.split('/').pop()] ?? Object.values(bin)[0]);
  return `${root}node_modules/${tool}/${file}`;
}

/** Installs what the lock file asks for, unless it is there already. */
export function installIfNeeded(folder = root) {
  const installed = `${folder}/node_modules/.package-lock.json`;
  const lock = `${folder}/package-lock.json`;
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs) return true;
  console.log('Installing the dependencies …');
  const options = ['--no-audit', '--no-fund', '--loglevel=error'];
  // `npm ci` refuses a lock file that was made where the registry has not every platform's optional packages.
  return (
    succeeds('npm', ['ci', ...options], folder) ||
    run('npm', ['install', '--no-save', ...options], { cwd: folder, quiet: true })
  );
}

function succeeds(command, args, cwd) {
  return spawnSync(command, args, { cwd, stdio: 'ignore' }).status === 0;
}

export function build() {
  return runTool('typescript', ['--build']);
}

export function refuseOldNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  console.error(`Larder needs Node.js 20.19 or newer, and this is ${process.version}.`);
  process.exit(1);
}
