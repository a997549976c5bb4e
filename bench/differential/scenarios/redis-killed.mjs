import { connect } from '../outage.mjs';
import { delay, duration, timed } from '../waiting.mjs';

const awayMs = 6_000;

export const scenario = {
  sentence: 'Redis is away for 6 s (killed, then back), cold keys all the while: each answered within 1 s',
  needs: ['getOrSet', 'backEnd', 'redisStore'],
  redis: 'running',
  outage: true,
  async run(library, { backEnd, server }) {
    const cache = await library.open({ backEnd, ttlMs: 60_000, outage: true });
    await connect(cache);
    await server.kill();
    const calls = [];
    for (let waited = 0; waited < awayMs; waited += 500) {
      calls.push(timed(() => cache.getOrSet(`cold ${waited}`, async () => 'loaded'), 11_000));
      await delay(500);
    }
    await server.restart();
    const outcomes = await Promise.all(calls);
    const waits = outcomes.map(({ ms }) => ms).sort((one, other) => one - other);
    const wrong = outcomes.filter(({ value }) => value !== 'loaded').length;
    const spread = `median ${duration(waits[waits.length >> 1])}, longest ${duration(waits.at(-1))}`;
    return {
      passed: wrong === 0 && waits.at(-1) <= 1_000,
      seen: wrong === 0 ? spread : `${spread}; ${wrong} of ${outcomes.length} calls not answered with the value`,
    };
  },
};
