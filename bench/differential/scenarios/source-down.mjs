import { delay, timed, times } from '../waiting.mjs';

const reads = 50;

export const scenario = {
  sentence: 'the source is down and the value stale: 50 reads get it, and the loader runs 5 times at most',
  needs: ['getOrSet', 'grace'],
  async run(library) {
    const cache = await library.open({ ttlMs: 1_000, graceMs: 60_000 });
    await cache.getOrSet('key', async () => 'stale');
    await delay(1_500);
    let runs = 0;
    const failing = async () => {
      runs++;
      throw new Error('the source is down');
    };
    let answered = 0;
    for (let read = 0; read < reads; read++) {
      const { value } = await timed(() => cache.getOrSet('key', failing), 2_000);
      if (value === 'stale') answered++;
      await delay(20);
    }
    return {
      passed: answered === reads && runs <= 5,
      seen: `${answered} of ${reads} answered, loader ran ${times(runs)}`,
    };
  },
};
