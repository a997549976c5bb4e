import { interleavedRounds, median, medianRatio, showProgress } from '../rounds.mjs';
import { versionOf } from '../table.mjs';
import { zipfKeys } from '../zipf.mjs';
import { contestants } from './contestants.mjs';

const rounds = Number(process.env.ROUNDS ?? 15);
const { names, drawn } = zipfKeys({ keys: 10_000, exponent: 0.99, draws: 100_000, seed: 1 });
const hotKey = names[0];
const load = async (key) => {
  throw new Error(`${key} should have been resident`);
};

const opened = [];
for (const contestant of contestants) {
  const calls = contestant.open(names);
  await calls.prepare?.();
  opened.push({ name: contestant.name, ...calls });
}

const measured = {
  'getOrSet, one hot key': await measure('getOrSet', async ({ getOrSet }) => {
    for (let at = 0; at < drawn.length; at++) await getOrSet(hotKey, load);
  }),
  'get, zipf 0.99 over 10,000 keys': await measure('get', async ({ get }) => {
    for (let at = 0; at < drawn.length; at++) await get(drawn[at]);
  }),
};

async function measure(call, run) {
  const entrants = opened.filter((contestant) => contestant[call] !== undefined);
  const timed = async (contestant) => {
    const start = process.hrtime.bigint();
    await run(contestant);
    return Number(process.hrtime.bigint() - start) / drawn.length;
  };
  return interleavedRounds(entrants, timed, { rounds, warmUps: 3, progress: showProgress(call) });
}

const titles = Object.keys(measured);
console.log(
  `Awaited reads of resident keys; medians of ${rounds} interleaved rounds; ratio to an awaited Map (higher is faster).\n`,
);
console.log(`| contestant | version | ${titles.map((title) => `${title}: ns | ratio`).join(' | ')} |`);
console.log(`|---|---|${titles.map(() => '---:|---:|').join('')}`);
for (const { name } of opened) {
  const cells = titles.map((title) => {
    const samples = measured[title].get(name);
    return `${median(samples).toFixed(0)} | ${medianRatio(measured[title].get('Map'), samples).toFixed(3)}`;
  });
  console.log(`| ${name} | ${versionOf(name)} | ${cells.join(' | ')} |`);
}
process.exit(0);
