import { delay } from './waiting.mjs';

/** The source changes and the key is deleted while a load of the old value is under way. */
export async function deleteDuringLoad(cache) {
  let source = 'old';
  const slowLoad = async () => {
    const read = source;
    await delay(300);
    return read;
  };
  const loading = cache.getOrSet('key', slowLoad);
  await delay(100);
  source = 'new';
  await cache.delete('key');
  await loading;
  await delay(100);
}

export async function readAfterwards(cache) {
  const value = await cache.getOrSet('key', async () => 'new');
  return { passed: value === 'new', seen: value === 'new' ? 'loaded anew' : 'the outdated value was cached' };
}
