// What the store costs: node packages/cache/test/stores/memcached/children/speed.mjs, after npm run build.
import { spawn } from 'node:child_process';
import { connect, createServer } from 'node:net';
import { memcachedStore } from '../../../../dist/stores/memcached/index.js';

const keys = 10_000;
const call = { now: Date.now() };
const bytes = Buffer.alloc(100, 'x');
const large = Buffer.alloc(10_000, 'x');
const entry = (key, body = bytes) => ({
  key,
  bytes: body,
  expiresAt: call.now + 3_600_000,
  version: 'v1',
  indexes: {},
});
let next = 0;
const aKey = () => {
  next = (next + 7919) % keys;
  return `key:${next}`;
};
let created = 0;

const port = await new Promise((resolve) => {
  const probe = createServer().listen(0, '127.0.0.1', () => {
    const { port } = probe.address();
    probe.close(() => resolve(port));
  });
});
const server = spawn('memcached', ['-u', 'nobody', '-l', '127.0.0.1', '-p', String(port), '-U', '0', '-m', '512']);
await untilItAccepts();
const store = memcachedStore({ servers: [`127.0.0.1:${port}`] });
await store.set(
  Array.from({ length: keys }, (_, at) => entry(`key:${at}`)),
  call,
);
await store.set(
  Array.from({ length: 100 }, (_, at) => entry(`large:${at}`, large)),
  call,
);

const works = {
  get: () => store.get([aKey()], call),
  'get, 100 keys at once': () => store.get(Array.from({ length: 100 }, aKey), call),
  'get, 10 KB': () => store.get([`large:${next++ % 100}`], call),
  'set of a new key': () => store.set([entry(`new:${created++}`)], call),
  'set of a key that is there': () => store.set([entry(aKey())], call),
  modify: () => store.modify(aKey(), () => entry(''), call),
  'modify of one key': () => store.modify('one', () => entry(''), call),
};
console.log('| | in flight | per second | CPU of the client, µs |\n|---|--:|--:|--:|');
for (const [name, work] of Object.entries(works)) for (const inFlight of [1, 64]) await measure(name, work, inFlight);
await store.close();
server.kill();

async function measure(name, work, inFlight) {
  await run(work, inFlight, 300);
  const cpu = process.cpuUsage();
  const { count, millis } = await run(work, inFlight, 1000);
  const { user, system } = process.cpuUsage(cpu);
  const perSecond = Math.round((count / millis) * 1000);
  console.log(
    `| ${name} | ${inFlight} | ${perSecond.toLocaleString('en')} | ${((user + system) / count).toFixed(1)} |`,
  );
}

async function run(work, inFlight, millis) {
  const start = performance.now();
  let count = 0;
  const worker = async () => {
    while (performance.now() - start < millis) {
      await work();
      count += 1;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  return { count, millis: performance.now() - start };
}

async function untilItAccepts() {
  for (;;) {
    const accepted = await new Promise((resolve) => {
      const socket = connect({ host: '127.0.0.1', port }, () => resolve(true)).on('error', () => resolve(false));
      socket.on('connect', () => socket.destroy());
    });
    if (accepted) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
