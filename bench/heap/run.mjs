// Each contestant fills up in a process of its own, so that none pays for what another left behind.
import { execFileSync } from 'node:child_process';
import { versionOf } from '../table.mjs';

const names = ['Map', 'larder (freeze, the default)', 'larder (share)', 'lru-cache'];
const fill = new URL('fill.mjs', import.meta.url).pathname;
const measured = names.map((name) => [name, Number(execFileSync(process.execPath, ['--expose-gc', fill, name]))]);
const reference = measured.find(([name]) => name === 'lru-cache')[1];

console.log('Heap for 100,000 entries of {id, name, email} with a life of an hour, after a full collection.\n');
console.log('| contestant | version | bytes an entry | ratio to lru-cache |');
console.log('|---|---|---:|---:|');
for (const [name, bytes] of measured) {
  console.log(`| ${name} | ${versionOf(name)} | ${bytes.toFixed(0)} | ${(bytes / reference).toFixed(2)} |`);
}
