// `npm test`: installs what is missing, builds, and runs every check there is. Ends with what passed and what failed.
import { build, installIfNeeded, refuseOldNode, runTool } from './run-step.mjs';
import { installJava, installMemcached, installNginx, installPython, installRedisServer } from './system-packages.mjs';

refuseOldNode();
if (!installIfNeeded()) {
  console.error('The dependencies could not be installed: see the message of npm above.');
  process.exit(1);
}
installPython();
installRedisServer();
installMemcached();
installJava();
installNginx();

const steps = [
  ['build', build],
  ['types', () => runTool('typescript', ['--build', 'tsconfig.check.json'])],
  ['lint', () => runTool('@biomejs/biome', ['check', '.'])],
  [
    'architecture',
    () =>
      runTool('dependency-cruiser', [
        '--config',
        '.dependency-cruiser.cjs',
        'packages/cache/src',
        'packages/server/src',
      ]),
  ],
  ['package @larder/cache', () => runTool('publint', ['--strict', 'packages/cache'])],
  ['package @larder/server', () => runTool('publint', ['--strict', 'packages/server'])],
  ['tests', () => runTool('vitest', ['run', '--coverage'])],
  ['container', () => runTool('vitest', ['run', '--config', 'vitest.container.config.ts'])],
];

const failed = [];
for (const [name, step] of steps) {
  console.log(`\n— ${name}`);
  if (step()) continue;
  failed.push(name);
  // Nothing that comes later can be trusted without a build.
  if (name === 'build') break;
}
if (failed.length > 0) console.error(`\nFailed: ${failed.join(', ')}.`);
console.log(`\nchecks: ${steps.length - failed.length} passed, ${failed.length} failed`);
process.exit(failed.length === 0 ? 0 : 1);
