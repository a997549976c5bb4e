import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** Python 3 reads the fixtures of spec/ as another language would. Without it those tests skip and say so. */
export function installPython() {
  install({ command: 'python3', name: 'python3', without: 'the tests that read spec/ from Python skip' });
}

/** Tests and benchmarks start Redis servers of their own. Without the program those parts skip and say so. */
export function installRedisServer() {
  install({ command: 'redis-server', name: 'redis-server', without: 'what needs a real Redis server skips' });
}

/** The memcached store is tested on servers that the tests start. Without the program those tests skip and say so. */
export function installMemcached() {
  install({ command: 'memcached', version: '-V', name: 'memcached', without: 'what needs a real memcached skips' });
}

/** Amazon's DynamoDB Local is a Java program. Without Java 17 those tests skip and say so. */
export function installJava() {
  const name = 'openjdk-17-jre-headless';
  install({ command: 'java', name, version: '-version', without: 'what needs DynamoDB Local skips' });
}

/** What the service is measured beside. It has no option that does nothing, and is there if the shell finds it. */
export function installWebdis() {
  install({
    command: 'sh',
    version: ['-c', 'command -v webdis'],
    name: 'webdis',
    without: 'its row of the benchmark is missing',
  });
}

/** The balancer of compose.yaml is tested as it is configured. Without the program that test skips and says so. */
export function installNginx() {
  install({ command: 'nginx', version: '-v', name: 'nginx-light', without: 'the test of the balancer skips' });
}

function install({ command, version = '--version', name, without }) {
  if (runs(command, [version].flat())) return;
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) {
    console.log(`${name} is missing: ${without}. On Debian: apt-get install ${name}.`);
    return;
  }
  console.log(`Installing ${name} …`);
  const lockTimeout = ['-o', 'DPkg::Lock::Timeout=300'];
  const installed =
    runs('apt-get', [...lockTimeout, 'update']) && runs('apt-get', [...lockTimeout, 'install', '-y', name]);
  if (!installed) console.log(`${name} could not be installed: ${without}.`);
}

function runs(command, args) {
  // With this run level a Debian package does not start the service that it brings along.
  return spawnSync(command, args, { stdio: 'ignore', env: { ...process.env, RUNLEVEL: '1' } }).status === 0;
}
