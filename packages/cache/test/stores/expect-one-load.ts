import { expect } from 'vitest';
import type { Cache } from '../../src/contracts/cache.js';
import { heldLoad } from '../load/held-load.js';

/** Two caches on one store load a cold key once, and store nothing that the other has deleted since the load began. */
export async function expectOneLoad(one: Cache, other: Cache): Promise<void> {
  const load = heldLoad();
  const first = one.getOrSet('cold', load.loader);
  await load.begun;
  const second = other.getOrSet('cold', () => 'loaded twice');
  await expect(Promise.race([second, new Promise((resolve) => setTimeout(resolve, 100, 'waits'))])).resolves.toBe(
    'waits',
  );
  load.answer('once');
  expect(await Promise.all([first, second])).toEqual(['once', 'once']);

  const overtaken = heldLoad();
  const third = one.getOrSet('deleted', overtaken.loader);
  await overtaken.begun;
  expect(await other.delete('deleted')).toBe(false);
  overtaken.answer('read before');
  expect(await third).toBe('read before');
  expect(await other.get('deleted')).toBeUndefined();
}
