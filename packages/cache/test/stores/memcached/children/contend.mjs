// Waits for a line, then writes to the same keys as its siblings, and says what it won.
import { once } from 'node:events';
import { memcachedStore } from '../../../../dist/stores/memcached/index.js';

const [servers, task, name] = process.argv.slice(2);
const store = memcachedStore({ servers: servers.split(','), answerTimeout: 20_000 });
const call = { now: Date.now() };
const times = (count, work) => Promise.all(Array.from({ length: count }, (_, index) => work(index)));
const textOf = (entry) => entry && Buffer.from(entry.bytes).toString();
const writeOf = (key, value, rest) => {
  const expiresAt = Number.POSITIVE_INFINITY;
  return { key, bytes: Buffer.from(value), expiresAt, version: `${name}`, indexes: {}, ...rest };
};

const tasks = {
  // One after the other, so that the steps of the processes meet.
  async increment() {
    for (let step = 0; step < 500; step += 1) {
      await store.modify('counter', (current) => writeOf('', `${Number(textOf(current) ?? 0) + 1}`), call);
    }
    return [];
  },
  add: () => times(200, (index) => created(index, { condition: { absent: true } })),
  set: () => times(200, (index) => created(index, {})),
  delete: () => times(200, async (index) => ((await store.delete([`there:${index}`], call))[0] ? index : undefined)),
};

async function created(index, condition) {
  const [result] = await store.set([writeOf(`key:${index}`, name, condition)], call);
  return result === 'created' ? index : undefined;
}

await store.get(['counter'], call);
console.log('ready');
await once(process.stdin, 'data');
const won = (await tasks[task]()).filter((result) => typeof result === 'number');
console.log(JSON.stringify(won));
await store.close();
process.stdin.unref();
