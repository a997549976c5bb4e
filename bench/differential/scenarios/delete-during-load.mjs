import { deleteDuringLoad, readAfterwards } from '../deletion.mjs';

export const scenario = {
  sentence: 'a key is deleted during its load, in memory: the outdated value is not cached',
  needs: ['getOrSet'],
  async run(library) {
    const cache = await library.open({ ttlMs: 60_000 });
    await deleteDuringLoad(cache);
    return readAfterwards(cache);
  },
};
