import { delay, duration, timed } from './waiting.mjs';

const limitMs = 5_000;

/** A cold key and an instant loader: how long until its value is answered? */
export async function answerOfColdKey(cache) {
  const { value, error, stillWaiting, ms } = await timed(() => cache.getOrSet('cold', async () => 'loaded'), limitMs);
  if (stillWaiting) return { passed: false, seen: `still waiting at ${limitMs / 1_000} s` };
  if (error) return { passed: false, seen: `rejected after ${duration(ms)}: ${error.message}` };
  if (value !== 'loaded') return { passed: false, seen: `answered ${value} after ${duration(ms)}` };
  return { passed: ms <= 1_000, seen: `answered after ${duration(ms)}` };
}

/** Waits until its client is connected: some connect at once and fail a call that comes earlier, some at the first call. */
export async function connect(cache) {
  for (const key of ['first', 'second', 'third']) {
    await delay(300);
    await cache.getOrSet(key, async () => key);
  }
}

export async function withRefusingRedis(library, { backEnd }, tunedClient) {
  return answerOfColdKey(await library.open({ backEnd, ttlMs: 60_000, outage: true, tunedClient }));
}

export async function withFrozenRedis(library, { backEnd, server }, tunedClient) {
  const cache = await library.open({ backEnd, ttlMs: 60_000, outage: true, tunedClient });
  // The connection stands, and then the server stops answering.
  await connect(cache);
  await server.freeze();
  return answerOfColdKey(cache);
}
