// Writes for as long as it lives, and says before each write what will stand after it, and after it that it is done.
import { lmdbStore } from '../../../../dist/stores/lmdb/index.js';
import { report, textOf, writeOf } from './report.mjs';

const [path, round] = process.argv.slice(2);
const store = lmdbStore({ path });
const now = 1_000_000;
const call = { now };

/** Each worker has keys of its own, so that at most one write of a key is under way when the process is killed. */
async function work(worker) {
  for (let step = 0; ; step += 1) {
    const key = `worker:${worker}:${Math.floor(Math.random() * 12)}`;
    const [current] = await store.get([key], call);
    const value = `${round}:${worker}:${step}${'x'.repeat(Math.floor(Math.random() ** 8 * 60_000))}`;
    await writeInSomeWay(key, value, current);
    if (step % 5 === 0) await countUp();
  }
}

async function writeInSomeWay(key, value, current) {
  const expiresAt = Math.random() < 0.5 ? Number.POSITIVE_INFINITY : now + 1 + Math.floor(Math.random() * 1_000_000);
  const indexes = Math.random() < 0.5 ? {} : { group: `group-${value.length % 5}`, owner: key };
  const write = writeOf(key, value, { expiresAt, indexes });
  const ways = [
    () => acknowledge(key, value, () => store.set([write], call)),
    () => acknowledge(key, value, () => store.modify(key, () => write, call)),
    () => acknowledge(key, undefined, () => store.delete([key], call)),
    current === undefined
      ? () => acknowledge(key, value, () => store.set([{ ...write, condition: { absent: true } }], call))
      : () => acknowledge(key, value, () => store.set([{ ...write, condition: { version: current.version } }], call)),
    () => acknowledge(key, textOf(current), () => store.set([{ ...write, condition: { version: 'none' } }], call)),
  ];
  await ways[Math.floor(Math.random() * ways.length)]();
}

async function acknowledge(key, value, write) {
  report({ begins: key, value: value ?? null });
  await write();
  report({ done: key });
}

async function countUp() {
  report({ begins: 'counter' });
  await store.modify('counter', (current) => writeOf('', `${Number(textOf(current) ?? 0) + 1}`), call);
  report({ done: 'counter' });
}

await store.get(['counter'], call);
report({ ready: true });
await Promise.all(Array.from({ length: 8 }, (_, worker) => work(worker)));
