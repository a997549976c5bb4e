import fc from 'fast-check';
import { expect, it } from 'vitest';
import { inPortions } from '../../../src/modules/events/portions.js';

it('portions hold all keys in their order, and none is larger than it may be unless it is one key', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'binary', maxLength: 30 })),
      fc.integer({ min: 1, max: 200 }),
      (keys, most) => {
        const portions = inPortions(keys, most);
        expect(portions.flat()).toEqual(keys);
        for (const portion of portions) {
          const bytes = portion.reduce((sum, key) => sum + Buffer.byteLength(JSON.stringify(key)) + 1, 0);
          expect(portion.length > 0 && (portion.length === 1 || bytes <= most)).toBe(true);
        }
      },
    ),
  );
});
