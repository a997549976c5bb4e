// One process of several that want one lock. Prints a JSON value a line.
import { appendFile, open, readFile, unlink, writeFile } from 'node:fs/promises';
import { createCache } from '@larder/cache';
import { lmdbStore } from '@larder/cache/lmdb';
import { redisStore } from '@larder/cache/redis';

const [kind, place, task, folder] = process.argv.slice(2);
const store = kind === 'lmdb' ? lmdbStore({ path: place }) : redisStore({ url: place, prefix: 'locks' });
const cache = createCache({ store, memory: false, storeTimeout: '20s' });

/** A resource that two users at once spoil: it counts by reading and writing, and says if it was in use. */
async function use({ fencingToken }) {
  const mark = await open(`${folder}/in-use`, 'wx');
  const counted = Number(await readFile(`${folder}/counter`, 'utf8'));
  await appendFile(`${folder}/tokens`, `${fencingToken}\n`);
  await writeFile(`${folder}/counter`, `${counted + 1}`);
  await mark.close();
  await unlink(`${folder}/in-use`);
}

// Something that keeps the process alive: to wait for a lock does not.
setInterval(() => {}, 60_000);

if (task === 'hold') {
  await cache.lock('k', { ttl: '2s' }, ({ fencingToken }) => {
    console.log(fencingToken);
    return new Promise(() => {});
  });
}

await cache.lock('warm up', { wait: '1m' }, () => {});
console.log('ready');
await new Promise((go) => process.stdin.once('data', go));
const turns = Number(task);
// Some at a time, and some one after the other.
for (let turn = 0; turn < turns; turn += 5) {
  await Promise.all(Array.from({ length: 5 }, () => cache.lock('k', { wait: '1m' }, use)));
}
await cache.close();
process.exit(0);
