import { delay } from '../waiting.mjs';

export const scenario = {
  sentence: 'an entry that has 300 ms left in the store lives no longer in memory',
  needs: ['getOrSet', 'set', 'backEnd', 'tiers'],
  redis: 'running',
  async run(library, { backEnd }) {
    const writer = await library.open({ backEnd, ttlMs: 1_500 });
    await writer.set('key', 'first');
    await writer.close();
    const reader = await library.open({ backEnd, ttlMs: 60_000 });
    await delay(1_200);
    const value = await reader.getOrSet('key', async () => 'second');
    if (value !== 'first') return { passed: false, seen: 'it was not read from the store in time' };
    await delay(1_000);
    const later = await reader.getOrSet('key', async () => 'second');
    return { passed: later === 'second', seen: later === 'second' ? 'gone in time' : 'answered 0.7 s after its end' };
  },
};
