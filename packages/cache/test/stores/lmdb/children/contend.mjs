// Waits for a line, then writes to the same keys as its siblings.
import { once } from 'node:events';
import { lmdbStore } from '../../../../dist/stores/lmdb/index.js';
import { report, textOf, writeOf } from './report.mjs';

const [path, task, name] = process.argv.slice(2);
const store = lmdbStore({ path });
const call = { now: 1_000_000 };
const times = (count, work) => Promise.all(Array.from({ length: count }, (_, index) => work(index)));

const tasks = {
  increment: () =>
    times(500, () => store.modify('counter', (current) => writeOf('', `${Number(textOf(current) ?? 0) + 1}`), call)),
  add: () =>
    times(200, async (index) => {
      const write = writeOf(`key:${index}`, name, { condition: { absent: true } });
      const [result] = await store.set([write], call);
      return result === 'created' ? index : undefined;
    }),
};

await store.get(['counter'], call);
report({ ready: true });
await once(process.stdin, 'data');
const results = await tasks[task]();
report({ won: results.filter((result) => typeof result === 'number') });
await store.close();
process.exit(0);
