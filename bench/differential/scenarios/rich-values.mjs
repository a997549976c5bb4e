import { inspect, isDeepStrictEqual } from 'node:util';
import { roundTrip } from '../round-trip.mjs';

const values = {
  Date: new Date(1_700_000_000_000),
  Map: new Map([['key', 1]]),
  Set: new Set([1, 2]),
  NaN: Number.NaN,
  Uint8Array: new Uint8Array([1, 2, 3]),
  BigInt: 12_345_678_901_234_567_890n,
  '[undefined]': [undefined],
};

export const scenario = {
  sentence: 'Date, Map, Set, NaN, Uint8Array, BigInt, [undefined] come back from the store, or set refuses them',
  needs: ['set', 'backEnd'],
  redis: 'running',
  async run(library, { backEnd }) {
    const { read, refused } = await roundTrip(library, backEnd, values);
    const wrong = Object.keys(values).filter(
      (name) => !refused.has(name) && !isDeepStrictEqual(read[name], values[name]),
    );
    const seen = wrong.map((name) => `${name}: ${short(read[name])}`);
    if (wrong.length === 0) seen.push('as they went in');
    if (refused.size > 0) seen.push(`refused: ${[...refused].join(', ')}`);
    return { passed: wrong.length === 0, seen: seen.join('; ') };
  },
};

function short(value) {
  if (value instanceof Error) return `get threw ${value.message}`;
  const text = inspect(value, { breakLength: Infinity });
  return text.length > 36 ? `${text.slice(0, 35)}…` : text;
}
