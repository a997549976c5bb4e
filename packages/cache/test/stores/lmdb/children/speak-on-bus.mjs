// Follows the bus of a folder and does what it is told, a JSON value a line. Ends by itself once it is told to close.
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { lmdbStore } from '../../../../dist/stores/lmdb/index.js';
import { report, writeOf } from './report.mjs';

const [path, name] = process.argv.slice(2);
const store = lmdbStore({ path });
let heard = [];
let latencies = [];
let writes = [];
let connections = 0;

/** The monotonic clock is one for all processes of the machine. */
const millisecondsSince = (then) => Number(process.hrtime.bigint() - BigInt(then)) / 1e6;

const connection = store.bus.open({
  received(frame) {
    const { text, sent } = JSON.parse(Buffer.from(frame).toString());
    heard.push(text);
    latencies.push(millisecondsSince(sent));
  },
  connected() {
    connections += 1;
    report({ event: 'connected', connections });
  },
  disconnected: () => report({ event: 'disconnected' }),
  storeWrote() {},
});

const publish = (text) => connection.publish(Buffer.from(JSON.stringify({ text, sent: `${process.hrtime.bigint()}` })));

/** A plain write of the store, timed, between two pauses. */
async function writeNow(pause) {
  await wait(Math.random() * 2 * pause);
  const start = performance.now();
  await store.set([writeOf(`${name}:key`, 'value')], { now: 1_000_000 });
  writes.push(performance.now() - start);
  await wait(Math.random() * 2 * pause);
}

const commands = {
  async publish({ count, pause }) {
    for (let index = 0; index < count; index += 1) {
      await publish(`${name}:${index}`);
      if (pause !== undefined) await writeNow(pause);
    }
    report({ event: 'published', count });
  },
  async publishAtOnce({ count }) {
    await Promise.all(Array.from({ length: count }, (_, index) => publish(`${name}:${index}`)));
    report({ event: 'published', count });
  },
  /** Announces each write once it is acknowledged. */
  async announceWrites({ count }) {
    for (let index = 0; index < count; index += 1) {
      await store.set([writeOf('announced', String(index))], { now: 1_000_000 });
      await publish(String(index));
    }
    report({ event: 'published', count });
  },
  tell() {
    report({ event: 'told', heard, latencies, writes });
    [heard, latencies, writes] = [[], [], []];
  },
  async close() {
    await connection.close();
    await store.close();
    lines.close();
    report({ event: 'closed' });
  },
};

const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const { command, ...rest } = JSON.parse(line);
  void commands[command](rest);
});
