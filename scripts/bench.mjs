// `npm run bench [name …]`: installs the peers next to the benchmarks, builds, and prints one table a benchmark.
import { build, installIfNeeded, root, run } from './run-step.mjs';
import { installRedisServer, installWebdis } from './system-packages.mjs';

const all = [
  'read-path',
  'miss',
  'tags',
  'codecs',
  'hit-rate',
  'write-path',
  'heap',
  'expiry',
  'service',
  'differential',
  'redis',
  'outages',
  'processes',
];
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !all.includes(name));
if (unknown.length > 0) {
  console.error(`There is no benchmark '${unknown[0]}': there are ${all.join(', ')}.`);
  process.exit(1);
}
if (!installIfNeeded() || !build()) process.exit(1);
const cwd = `${root}bench`;
if (!installIfNeeded(cwd)) process.exit(1);
for (const name of wanted.length > 0 ? wanted : all) {
  if (['differential', 'redis', 'outages', 'processes', 'service'].includes(name)) installRedisServer();
  if (name === 'service') installWebdis();
  if (!run('npm', ['run', '--silent', name], { cwd })) process.exit(1);
}
