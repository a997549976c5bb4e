// `npm run store-table`: runs the contract suite over every store, and writes what came of it into docs/stores/README.md.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, root, runTool } from './run-step.mjs';
import { tableOf } from './store-table/table-of.mjs';

const page = `${root}docs/stores/README.md`;
const marks = ['<!-- contract table: npm run store-table -->\n', '<!-- end of the contract table -->'];

if (!build()) process.exit(1);
const folder = mkdtempSync(join(tmpdir(), 'larder-store-table-'));
try {
  const results = join(folder, 'results.json');
  const passed = runTool('vitest', [
    'run',
    'packages/cache/test/contract',
    '--reporter=json',
    `--outputFile=${results}`,
  ]);
  const table = tableOf(JSON.parse(readFileSync(results, 'utf8')));
  const [before, , after] = parts(readFileSync(page, 'utf8'));
  writeFileSync(page, `${before}${marks[0]}\n${table}\n\n${marks[1]}${after}`);
  console.log(table);
  process.exitCode = passed ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true });
}

/** What stands before, between and after the marks. */
function parts(text) {
  const [from, to] = marks.map((mark) => text.indexOf(mark.trimEnd()));
  if (from < 0 || to < from) throw new Error(`${page} has no marks to put the table between.`);
  return [text.slice(0, from), text.slice(from, to), text.slice(to + marks[1].length)];
}
