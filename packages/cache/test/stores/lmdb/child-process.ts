import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const packageFolder = new URL('../../../', import.meta.url);
const sources = new URL('src/stores/lmdb/', packageFolder);
const built = new URL('dist/stores/lmdb/', packageFolder);
const buildInfo = new URL('dist/.tsbuildinfo', packageFolder);

/** Children run what was built, not the sources: says so, and how to build, where that is missing or older. */
export function requireBuild(): void {
  const advice = 'Run "npx tsc -b packages/cache" first: the child processes of this test run the built package.';
  if (!existsSync(new URL('index.js', built))) throw new Error(`packages/cache/dist is missing. ${advice}`);
  const builtAt = existsSync(buildInfo) ? statSync(buildInfo).mtimeMs : 0;
  for (const file of readdirSync(sources)) {
    const output = new URL(file.replace(/\.ts$/, '.js'), built);
    const newest = Math.max(builtAt, existsSync(output) ? statSync(output).mtimeMs : 0);
    if (newest < statSync(new URL(file, sources)).mtimeMs) throw new Error(`packages/cache/dist is stale. ${advice}`);
  }
}

export function startChild(
  script: string,
  parameters: readonly string[],
  command: readonly string[] = [],
): ChildProcess {
  const file = fileURLToPath(new URL(`children/${script}`, import.meta.url));
  const [program = process.execPath, ...rest] = [...command, process.execPath, file, ...parameters];
  return spawn(program, rest, { stdio: ['pipe', 'pipe', 'pipe'], timeout: 60_000, killSignal: 'SIGKILL' });
}

export interface ChildEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What it printed, a JSON value a line. */
  readonly reports: unknown[];
  readonly errors: string;
}

export async function endOf(child: ChildProcess): Promise<ChildEnd> {
  let output = '';
  let errors = '';
  child.stdout?.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    errors += chunk;
  });
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (...end) => resolve(end));
  });
  // A killed child may leave a last line without its end: that report was never made.
  const lines = output
    .slice(0, output.lastIndexOf('\n') + 1)
    .split('\n')
    .slice(0, -1);
  return { code, signal, errors, reports: lines.map((line) => JSON.parse(line)) };
}

export async function runChild(
  script: string,
  parameters: readonly string[],
  command?: readonly string[],
): Promise<ChildEnd> {
  const child = startChild(script, parameters, command);
  child.stdin?.end();
  return endOf(child);
}
