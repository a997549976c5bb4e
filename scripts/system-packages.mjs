import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Python 3 reads the fixtures of spec/ as another language would. Without it those tests skip and say so. */
export function installPython() {
  if (runs('python3', ['--version'])) return;
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) {
    console.log('Python 3 is missing: the tests that read spec/ from Python skip. On Debian: apt-get install python3.');
    return;
  }
  console.log('Installing python3 …');
  const lockTimeout = ['-o', 'DPkg::Lock::Timeout=300'];
  const installed =
    runs('apt-get', [...lockTimeout, 'update']) && runs('apt-get', [...lockTimeout, 'install', '-y', 'python3']);
  if (!installed) console.log('python3 could not be installed: the tests that read spec/ from Python skip.');
}

function runs(command, args) {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}
