import { expect } from 'vitest';
import type { Cache } from '../../src/contracts/cache.js';

/** Two caches on one store hold a lock one at a time, with rising tokens, and refuse who does not wait. */
export async function expectOneHolder(one: Cache, other: Cache): Promise<void> {
  const tokens: number[] = [];
  let holders = 0;
  const turn = (cache: Cache) =>
    cache.lock('k', { wait: '20s' }, async ({ fencingToken }) => {
      expect(++holders).toBe(1);
      await cache.increment('n');
      tokens.push(fencingToken);
      holders--;
    });
  await Promise.all([one, other, one, other].map(turn));
  expect(tokens).toHaveLength(4);
  expect(tokens).toEqual([...new Set(tokens)].sort((less, more) => less - more));
  await one.lock('k', {}, async () => {
    const refused = other.lock('k', { wait: '0ms' }, () => {});
    await expect(refused).rejects.toMatchObject({ code: 'LARDER_LOCK_NOT_ACQUIRED' });
  });
}
