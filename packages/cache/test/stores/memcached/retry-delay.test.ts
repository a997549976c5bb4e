import { expect, it } from 'vitest';
import { retryDelay } from '../../../src/stores/memcached/retry-delay.js';

it('asks a server again at once, then after a pause that doubles up to ten seconds', () => {
  expect([1, 2, 3, 4, 8, 9, 50].map((failures) => retryDelay(failures, 0))).toEqual([
    0, 100, 200, 400, 6_400, 10_000, 10_000,
  ]);
});

it('takes up to a half off by chance, so that clients do not come back together', () => {
  expect([0, 0.5, 1].map((chance) => retryDelay(3, chance))).toEqual([200, 150, 100]);
});
