// One of several processes that ask for the same cold key at the same time; tells how often its loader ran.
import { delay } from './waiting.mjs';

const [file, backEnd, startAt] = process.argv.slice(2);
process.once('disconnect', () => process.exit());
const { library } = await import(file);
const cache = await library.open({ backEnd: JSON.parse(backEnd), ttlMs: 60_000 });
await cache.getOrSet('warm', async () => 'warm');
await delay(Math.max(0, Number(startAt) - Date.now()));
let loads = 0;
await cache.getOrSet('cold', async () => {
  loads++;
  await delay(300);
  return 'loaded';
});
process.send({ loads }, () => process.exit());
