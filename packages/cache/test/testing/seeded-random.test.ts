import { expect, it } from 'vitest';
import { seededRandom } from '../../src/testing/index.js';

it('gives the same numbers for the same seed, spread from 0 to 1', () => {
  const take = (seed: number) => {
    const random = seededRandom(seed);
    return Array.from({ length: 10_000 }, random);
  };
  const numbers = take(42);
  expect(take(42)).toEqual(numbers);
  expect(take(43)).not.toEqual(numbers);
  expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true);
  expect(numbers.reduce((sum, number) => sum + number) / numbers.length).toBeCloseTo(0.5, 1);
});
