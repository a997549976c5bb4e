import { inspect } from 'node:util';
import { roundTrip } from '../round-trip.mjs';

const values = { zero: 0, empty: '', no: false, nothing: null };

export const scenario = {
  sentence: "0, '', false and null come back from the store when memory is empty",
  needs: ['set', 'backEnd'],
  redis: 'running',
  async run(library, { backEnd }) {
    const { read } = await roundTrip(library, backEnd, values);
    const wrong = Object.keys(values).filter((name) => !Object.is(read[name], values[name]));
    const seen = wrong.map((name) => `${inspect(values[name])} came back as ${inspect(read[name])}`);
    return { passed: wrong.length === 0, seen: seen.join(', ') || 'all four came back' };
  },
};
