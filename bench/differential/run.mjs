// Every scenario with every library: what must hold, and what was seen. `node differential/run.mjs [name …]` runs only
// the scenarios and libraries named, and then writes no results.
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, redisServerVersion, startRedis } from './redis-server.mjs';
import { resultsTable } from './results.mjs';

const limitMs = 20_000;
const libraryNames = [
  'larder',
  'bentocache',
  'cacheable',
  'cache-manager',
  'async-cache-dedupe',
  'layered-loader',
  'cachified',
  'keyv',
];
const scenarioNames = [
  'redis-refused',
  'redis-refused-tuned',
  'redis-frozen',
  'redis-frozen-tuned',
  'redis-killed',
  'delete-during-load',
  'delete-during-load-shared',
  'failing-loader',
  'source-down',
  'falsy-values',
  'rich-values',
  'short-life',
  'callers-objects',
  'four-processes',
  'cluster',
];

const wanted = process.argv.slice(2);
const among = (names) => {
  const named = names.filter((name) => wanted.includes(name));
  return named.length > 0 ? named : names;
};
const fileOf = (folder, name) => fileURLToPath(new URL(`${folder}/${name}.mjs`, import.meta.url));

const redisVersion = redisServerVersion();
if (redisVersion === undefined) console.log('redis-server is missing: what needs it is skipped.');

const libraries = [];
for (const name of among(libraryNames)) libraries.push((await import(fileOf('libraries', name))).library);
const rows = [];
for (const name of among(scenarioNames)) {
  const { scenario } = await import(fileOf('scenarios', name));
  const cells = [];
  for (const library of libraries) {
    const cell = reasonToSkip(scenario, library) ?? (await runCell(scenario, name, library));
    process.stderr.write(`${name}, ${library.name}: ${cell.outcome}, ${cell.seen}\n`);
    cells.push(cell);
  }
  rows.push({ sentence: scenario.sentence, cells });
}

const table = resultsTable({ libraries, rows, redisVersion });
console.log(`\n${table}`);
if (wanted.length === 0) writeFileSync(new URL('results.md', import.meta.url), `# Behaviour\n\n${table}`);

function reasonToSkip(scenario, library) {
  if (scenario.skipped) return { outcome: 'skipped', seen: scenario.skipped };
  const lack = scenario.needs.map((need) => library.lacks?.[need]).find((reason) => reason !== undefined);
  if (lack) return { outcome: 'not applicable', seen: lack };
  const onLmdb = library.name === 'larder' && !scenario.outage;
  if (scenario.redis === 'running' && redisVersion === undefined && !onLmdb) {
    return { outcome: 'skipped', seen: 'redis-server is missing' };
  }
  return undefined;
}

/** With the best settings its pages know; then, where it has them, with the others that they show. */
async function runCell(scenario, name, library) {
  const { passed, seen } = await runPair(scenario, name, library, {});
  const others = [];
  for (const { label, options } of library.variants?.[name] ?? []) {
    const other = await runPair(scenario, name, library, options);
    others.push(`${label}: ${other.passed ? 'holds' : 'does not hold'}, ${other.seen}`);
  }
  const notYet = passed ? undefined : library.notYet?.[name];
  if (notYet) others.push(`not yet: ${notYet}`);
  return { outcome: passed ? 'passes' : 'fails', seen: [seen, ...others].join('; ') };
}

async function runPair(scenario, name, library, options) {
  const folder = mkdtempSync(join(tmpdir(), 'larder-differential-'));
  const redis = scenario.redis === 'running' && redisVersion ? await startRedis(folder) : undefined;
  const redisUrl = redis?.url ?? `redis://127.0.0.1:${await freePort()}`;
  const cleanUp = () => rmSync(folder, { recursive: true, force: true });
  try {
    const backEnd = JSON.stringify({ redisUrl, folder: join(folder, 'lmdb') });
    const files = [fileOf('libraries', library.name), fileOf('scenarios', name)];
    return await runChild([...files, backEnd, JSON.stringify(options)], redis, cleanUp);
  } finally {
    await redis?.stop();
    cleanUp();
  }
}

/** Resolves with the child's result, or with how it ended without one. */
function runChild(args, redis, cleanUp) {
  const child = fork(fileURLToPath(new URL('pair.mjs', import.meta.url)), args, { stdio: 'ignore' });
  const interrupted = () => {
    child.kill('SIGKILL');
    redis?.stopNow();
    cleanUp();
    process.exit(1);
  };
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  return new Promise((resolve) => {
    const conclude = (result) => {
      clearTimeout(limit);
      process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
      resolve(result);
    };
    const limit = setTimeout(() => {
      conclude({ passed: false, seen: `no end within ${limitMs / 1_000} s` });
      child.kill('SIGKILL');
    }, limitMs);
    child.on('message', async ({ action, result }) => {
      if (result) return conclude(result);
      await redis[action]();
      if (child.connected) child.send('done');
    });
    child.once('exit', (code, signal) => conclude({ passed: false, seen: `the process ended (${signal ?? code})` }));
  });
}
