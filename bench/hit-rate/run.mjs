// npm run bench hit-rate, or: node run.mjs [--traces DIR] [--capacities 1,5,10,25] [--limit 600000] [--out DIR]
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { svgPlot } from './plot.mjs';
import { hashKey, policies } from './policies.mjs';
import { progressBar } from './progress.mjs';
import { markdownTable } from './report.mjs';
import { readTrace, traceFiles } from './traces.mjs';

const { values } = parseArgs({
  options: {
    traces: { type: 'string', default: fileURLToPath(new URL('../../../shared/traces', import.meta.url)) },
    capacities: { type: 'string', default: '1,5,10,25' },
    limit: { type: 'string', default: '600000' },
    out: { type: 'string', default: fileURLToPath(new URL('results', import.meta.url)) },
  },
});
const capacities = values.capacities.split(',').map(positive);
const limit = positive(values.limit);
const names = Object.keys(policies);
const files = await traceFiles(values.traces);
const progress = progressBar(files.length * capacities.length * names.length);
const rows = [];

await mkdir(values.out, { recursive: true });
for (const file of files) {
  const trace = await readTrace(file, limit, hashKey);
  const ofTrace = capacities.map((capacity) => ({ trace: trace.name, capacity, rates: ratesAt(trace, capacity) }));
  rows.push(...ofTrace);
  await writeFile(join(values.out, `${trace.name}.svg`), svgPlot(trace.name, ofTrace, names));
}
progress.end();
const table = markdownTable(rows, names);
await writeFile(join(values.out, 'hit-rates.md'), table);
process.stdout.write(table);

function ratesAt(trace, capacity) {
  const entries = Math.max(1, Math.round((trace.distinct * capacity) / 100));
  const rates = {};
  for (const name of names) {
    progress.step(`${trace.name} ${capacity} % ${name}`);
    rates[name] = (100 * policies[name](trace, entries)) / trace.requests.length;
  }
  return rates;
}

function positive(text) {
  const number = Number(text);
  if (!(number > 0)) throw new Error(`Not a positive number: ${text}`);
  return number;
}
