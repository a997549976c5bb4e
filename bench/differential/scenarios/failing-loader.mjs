import { delay, timed, times } from '../waiting.mjs';

export const scenario = {
  sentence: '20 callers at once, the loader fails: it runs once, and all get its error',
  needs: ['getOrSet'],
  async run(library) {
    const cache = await library.open({ ttlMs: 60_000 });
    let runs = 0;
    const failing = async () => {
      runs++;
      await delay(50);
      throw new Error('the source is down');
    };
    const calls = Array.from({ length: 20 }, () => timed(() => cache.getOrSet('key', failing), 10_000));
    const outcomes = await Promise.all(calls);
    const informed = outcomes.filter(({ error }) => tellsOf(error, 'the source is down')).length;
    return {
      passed: runs === 1 && informed === 20,
      seen: `loader ran ${times(runs)}, ${informed} of 20 got its error`,
    };
  },
};

function tellsOf(error, message) {
  return error !== undefined && (error.message?.includes(message) || tellsOf(error.cause, message));
}
