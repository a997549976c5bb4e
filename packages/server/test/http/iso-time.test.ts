import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isoTime } from '../../src/http/iso-time.js';

it('is what a Date writes, whatever was written before', () => {
  const time = fc.oneof(
    fc.integer({ min: 0, max: 253_402_300_799_999 }),
    fc.double({ min: 0, max: 4e12, noNaN: true }),
  );
  fc.assert(
    fc.property(fc.array(time), (times) => {
      expect(times.map(isoTime)).toEqual(times.map((each) => new Date(each).toISOString()));
    }),
    { numRuns: 1_000 },
  );
});
