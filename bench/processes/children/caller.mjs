// Asks for one cold key many times at once; tells when its loader begins, and what the callers got.
import { delay, timed } from '../../differential/waiting.mjs';

process.once('disconnect', () => process.exit());
const { file, backEnd, callers } = JSON.parse(process.argv[2]);
const { library } = await import(file);
const cache = await library.open({ backEnd, ttlMs: 600_000 });
await cache.getOrSet(`warm ${process.pid}`, async () => 'warm');

process.on('message', async ({ key, loadMillis, startAt, limitMs }) => {
  await delay(Math.max(0, startAt - Date.now()));
  const load = async () => {
    process.send({ type: 'load', key });
    await delay(loadMillis);
    return `loaded by ${process.pid}`;
  };
  const calls = Array.from({ length: callers }, () => timed(() => cache.getOrSet(key, load), limitMs));
  const outcomes = await Promise.all(calls);
  const answered = outcomes.filter(({ value }) => typeof value === 'string');
  process.send({
    type: 'answer',
    answered: answered.length,
    values: [...new Set(answered.map(({ value }) => value))],
    slowest: Math.max(...outcomes.map(({ ms }) => ms)),
  });
});
process.send({ type: 'ready' });
