import { isDeepStrictEqual } from 'node:util';

const original = () => ({ name: 'alice', tags: ['one'] });

export const scenario = {
  sentence: 'changing the object given to set, or got from get, changes nothing in the cache',
  needs: ['set'],
  async run(library) {
    const cache = await library.open({ ttlMs: 60_000 });
    const given = original();
    await cache.set('key', given);
    changeAll(given);
    const aliases = [];
    if (!isDeepStrictEqual(await cache.get('key'), original())) aliases.push('the object given to set');
    await cache.set('other', original());
    changeAll(await cache.get('other'));
    if (!isDeepStrictEqual(await cache.get('other'), original())) aliases.push('the object got from get');
    return {
      passed: aliases.length === 0,
      seen: aliases.length === 0 ? 'neither reaches the cache' : `in the cache itself: ${aliases.join(' and ')}`,
    };
  },
};

/** A frozen object refuses, which protects the cache as well. */
function changeAll(value) {
  for (const change of [() => value.tags.push('two'), () => Object.assign(value, { name: 'bob' })]) {
    try {
      change();
    } catch {}
  }
}
