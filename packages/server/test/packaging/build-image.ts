import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, posix } from 'node:path';
import { basePath, makeBaseRoot } from './base-root.js';
import { buildContext } from './build-context.js';
import { parseDockerfile, type Stage, type Step } from './dockerfile.js';
import { enter } from './namespaces.js';
import { npmOfThisMachine } from './npm-of-this-machine.js';

/** The files of the last stage, and what its Dockerfile says of it. */
export interface Image extends Stage {
  readonly root: string;
  readonly workingFolder: string;
}

interface Build {
  readonly stage: Stage;
  readonly root: string;
  workingFolder: string;
}

/** Does what the Dockerfile in `source` says, in folders below `folder`. */
export async function buildImage(source: string, folder: string): Promise<Image> {
  const context = join(folder, 'context');
  for (const file of buildContext(source)) cpSync(join(source, file), join(context, file));
  const builds: Build[] = [];
  for (const stage of parseDockerfile(readFileSync(join(source, 'Dockerfile'), 'utf8'))) {
    const build = { stage, root: join(folder, `stage-${builds.length}`), workingFolder: '/' };
    makeBaseRoot(build.root);
    for (const step of stage.steps) await execute(step, build, context, builds);
    builds.push(build);
  }
  const last = builds.at(-1);
  if (last === undefined) throw new Error('The Dockerfile has no stage.');
  return { ...last.stage, root: last.root, workingFolder: last.workingFolder };
}

async function execute(step: Step, build: Build, context: string, earlier: readonly Build[]): Promise<void> {
  switch (step.kind) {
    case 'workdir':
      build.workingFolder = posix.resolve(build.workingFolder, step.path);
      mkdirSync(join(build.root, build.workingFolder), { recursive: true });
      return;
    case 'copy':
      return copy(step, step.from === undefined ? context : rootOf(step.from, earlier), build);
    case 'run':
      return run(step.command, build);
  }
}

function rootOf(name: string, earlier: readonly Build[]): string {
  const found = earlier.find(({ stage }) => stage.name === name);
  if (found === undefined) throw new Error(`There is no stage ${name}.`);
  return found.root;
}

/** Of a folder its contents are copied; and a destination with a slash at its end is a folder. */
function copy({ sources, to }: Extract<Step, { kind: 'copy' }>, from: string, { root, workingFolder }: Build): void {
  if (sources.length > 1 && !to.endsWith('/')) throw new Error(`COPY of several files to ${to}, which is no folder.`);
  const destination = join(root, posix.resolve(workingFolder, to));
  for (const source of sources) {
    const file = join(from, source);
    const isInto = to.endsWith('/') && !statSync(file).isDirectory();
    const target = isInto ? join(destination, basename(file)) : destination;
    mkdirSync(dirname(target), { recursive: true });
    cpSync(file, target, { recursive: true, verbatimSymlinks: true });
  }
}

async function run(command: string, { stage, root, workingFolder }: Build): Promise<void> {
  const npm = npmOfThisMachine();
  const environment = { PATH: basePath, HOME: '/root', ...npm.environment, ...stage.environment };
  const inside = { root, readOnly: false, mounts: npm.mounts, user: '0:0', workingFolder, environment };
  const [program, words] = enter(inside, ['/bin/sh', '-c', command]);
  await new Promise<void>((resolve, reject) => {
    execFile(program, words, { timeout: 300_000, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      if (error === null) resolve();
      else reject(new Error(`RUN ${command}\nended with ${error.code}:\n${stdout}${stderr}`));
    });
  });
}
