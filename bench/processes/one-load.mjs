import { fileURLToPath } from 'node:url';
import { ChildGroup, end } from './child-group.mjs';

const contestants = [
  ['larder', './larder.mjs'],
  ['bentocache', '../differential/libraries/bentocache.mjs'],
  ['cacheable', '../differential/libraries/cacheable.mjs'],
  ['layered-loader', '../differential/libraries/layered-loader.mjs'],
].map(([name, path]) => ({ name, file: fileURLToPath(new URL(path, import.meta.url)) }));

const [processes, callers, limitMs] = [8, 1_000, 20_000];
/** How far into the load its process is killed. */
const killAfter = 20;

/** Many callers in many processes ask for one cold key: how often is it loaded? */
export async function oneLoad(redis, { rounds }) {
  console.log(
    `\n## One cold key, ${processes} processes, ${callers} concurrent getOrSet in each, a loader of 50 ms; ${rounds} rounds\n`,
  );
  console.log('| | version | loads in all, each round | callers answered | slowest caller, ms |');
  console.log('|---|---|---|---:|---:|');
  await forEachLibrary(redis, async (group, library) => {
    const seen = [];
    for (let round = 0; round < rounds; round++) seen.push(await ask(group, { key: `cold ${round}`, loadMillis: 50 }));
    const answered = seen.reduce((sum, each) => sum + each.answered, 0);
    const slowest = Math.max(...seen.map((each) => each.slowest));
    const loads = seen.map((each) => each.loads).join(', ');
    console.log(
      `| ${library.name} | ${library.version} | ${loads} | ${answered} of ${rounds * processes * callers} | ${slowest.toFixed(0)} |`,
    );
  });
}

/** The same; the first process whose loader runs is killed in the middle of it. */
export async function loaderKilled(redis) {
  console.log(
    `\n## The same with a loader of 200 ms; the first process that loads is killed -9 after ${killAfter} ms of it\n`,
  );
  console.log('| | loads after the kill | loads in all | callers of the others answered | slowest caller, ms |');
  console.log('|---|---:|---:|---:|---:|');
  await forEachLibrary(redis, async (group, library) => {
    let killed = Number.POSITIVE_INFINITY;
    const onFirstLoad = (child) =>
      setTimeout(() => {
        killed = performance.now();
        void end(child);
      }, killAfter);
    const seen = await ask(group, { key: 'abandoned', loadMillis: 200, onFirstLoad });
    const later = seen.loadTimes.filter((time) => time > killed).length;
    const others = `${seen.answered} of ${(processes - 1) * callers}`;
    console.log(`| ${library.name} | ${later} | ${seen.loads} | ${others} | ${seen.slowest.toFixed(0)} |`);
  });
}

/** Each in processes and a database of its own. */
async function forEachLibrary(redis, work) {
  for (const [database, { name, file }] of contestants.entries()) {
    const { library } = await import(file);
    const backEnd = { redisUrl: `${redis.url}/${database}` };
    const group = await ChildGroup.start(
      'caller',
      Array.from({ length: processes }, () => ({ file, backEnd, callers })),
    );
    try {
      await work(group, { ...library, name });
    } finally {
      await group.stop();
    }
  }
}

async function ask(group, { key, loadMillis, onFirstLoad }) {
  const loadTimes = [];
  group.on('load', (message, child) => {
    if (message.key !== key) return;
    loadTimes.push(performance.now());
    if (loadTimes.length === 1) onFirstLoad?.(child);
  });
  const question = { key, loadMillis, limitMs, startAt: Date.now() + 300 };
  const answers = (await group.ask(question)).filter((answer) => answer !== undefined);
  return {
    loads: loadTimes.length,
    loadTimes,
    answered: answers.reduce((sum, { answered }) => sum + answered, 0),
    slowest: Math.max(...answers.map(({ slowest }) => slowest)),
  };
}
