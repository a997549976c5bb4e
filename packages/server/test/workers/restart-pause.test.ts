import { expect, it } from 'vitest';
import { pauseBeforeRestart } from '../../src/workers/restart-pause.js';

it('a worker that dies is soon started again, and ever later where it keeps dying, up to ten seconds', () => {
  expect([1, 2, 3, 4, 7, 8, 100].map(pauseBeforeRestart)).toEqual([100, 200, 400, 800, 6_400, 10_000, 10_000]);
});
