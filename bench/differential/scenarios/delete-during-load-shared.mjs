import { deleteDuringLoad, readAfterwards } from '../deletion.mjs';

export const scenario = {
  sentence: 'the same with a shared store, read by the next process',
  needs: ['getOrSet', 'backEnd'],
  redis: 'running',
  async run(library, { backEnd }) {
    const cache = await library.open({ backEnd, ttlMs: 60_000 });
    await deleteDuringLoad(cache);
    await cache.close();
    return readAfterwards(await library.open({ backEnd, ttlMs: 60_000 }));
  },
};
