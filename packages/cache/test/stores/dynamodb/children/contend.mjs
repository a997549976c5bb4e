// Waits for a line, then writes to the same keys as its siblings.
import { once } from 'node:events';
import { dynamoStore } from '../../../../dist/stores/dynamodb/index.js';

const [table, task, name] = process.argv.slice(2);
const store = dynamoStore(JSON.parse(table));
const call = { now: Date.now() };
const report = (value) => console.log(JSON.stringify(value));
const textOf = (entry) => entry && Buffer.from(entry.bytes).toString();
const writeOf = (key, value, rest = {}) => {
  const expiresAt = Number.POSITIVE_INFINITY;
  return { key, bytes: Buffer.from(value), expiresAt, version: `${Math.random()}`, indexes: {}, ...rest };
};

const tasks = {
  /** In bursts, so that rounds of several changes meet those of the siblings again and again. */
  async increment() {
    const add = (current) => writeOf('', `${Number(textOf(current) ?? 0) + 1}`);
    for (let burst = 0; burst < 40; burst += 1) {
      await Promise.all(Array.from({ length: 5 }, () => store.modify('counter', add, call)));
    }
    return [];
  },
  async add() {
    const results = await Promise.all(
      Array.from({ length: 100 }, async (_, index) => {
        const write = writeOf(`key:${index}`, name, { condition: { absent: true } });
        const [result] = await store.set([write], call);
        return result === 'created' ? index : undefined;
      }),
    );
    return results.filter((index) => index !== undefined);
  },
};

await store.get(['counter'], call);
report({ ready: true });
await once(process.stdin, 'data');
const won = await tasks[task]();
await store.close();
report({ won });
process.exit(0);
