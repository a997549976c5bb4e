import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../../..', import.meta.url));
const packageFolder = fileURLToPath(new URL('../..', import.meta.url));

interface Example {
  readonly name: string;
  readonly program: string;
}

/** Blocks of TypeScript that begin with an import of the library and need no test framework. */
async function examplesOf(page: string): Promise<Example[]> {
  const text = await readFile(page, 'utf8');
  return [...text.matchAll(/^```ts\n(.*?)^```$/gms)]
    .map(([, program], at) => ({ name: `${relative(root, page)}, block ${at + 1}`, program: program as string }))
    .filter(({ program }) => program.includes("from '@larder/cache") && !program.includes("from 'vitest'"));
}

/** What the comment behind each console.log promises. */
function promisedOutput(program: string): string[] {
  return [...program.matchAll(/console\.log\(.*\); \/\/ ([^:\n]+)/g)].map(([, output]) => (output as string).trim());
}

const pages = (await readdir(join(root, 'docs'), { recursive: true }))
  .filter((name) => name.endsWith('.md'))
  .map((name) => join(root, 'docs', name))
  .concat(join(root, 'README.md'), join(packageFolder, 'README.md'));
const examples = (await Promise.all(pages.map(examplesOf))).flat();

describe('the examples of the documentation', () => {
  let folder = '';
  beforeAll(async () => {
    // Inside the package, so that its own name and its peers resolve.
    folder = await mkdtemp(join(packageFolder, 'dist', 'examples-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('are found', () => {
    expect(examples.length).toBeGreaterThanOrEqual(3);
  });

  it.each(examples)('$name runs, and prints what it says', async ({ name, program }) => {
    const file = join(folder, `${name.replace(/\W+/g, '-')}.mjs`);
    await writeFile(file, program);
    const { stdout } = await run(process.execPath, [file], { cwd: folder, timeout: 20_000 });
    const printed = stdout.trim().split('\n');
    for (const [at, promised] of promisedOutput(program).entries()) expect(printed[at]).toBe(promised);
  });
});
