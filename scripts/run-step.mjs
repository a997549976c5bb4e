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

/** `npm ci`, unless what is installed is what the lock file asks for. */
export function installIfNeeded() {
  const installed = `${root}node_modules/.package-lock.json`;
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(`${root}package-lock.json`).mtimeMs) return true;
  console.log('Installing the dependencies …');
  return run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { quiet: true });
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
