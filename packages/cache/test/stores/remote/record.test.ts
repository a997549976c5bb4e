import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeRecord, lifeSeconds, liveEntryIn, longestEnvelope } from '../../../src/stores/remote/record.js';

const entry = fc.record({
  bytes: fc.uint8Array(),
  expiresAt: fc.oneof(fc.integer({ min: 1 }), fc.constant(Number.POSITIVE_INFINITY)),
  version: fc.string({ unit: 'grapheme' }),
});

describe('the record of an entry', () => {
  it('gives back bytes, deadline and version, until the deadline', () => {
    fc.assert(
      fc.property(entry, (written) => {
        const record = encodeRecord(written);
        const read = liveEntryIn(record, 0);
        if (Number.isFinite(written.expiresAt)) expect(liveEntryIn(record, written.expiresAt)).toBeUndefined();
        expect({ ...read, bytes: new Uint8Array(read?.bytes ?? []) }).toEqual(written);
      }),
    );
  });

  it('is not taken for one where something else stands', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void liveEntryIn(Buffer.from(bytes), 0)));
    expect(liveEntryIn(Buffer.from('hello'), 0)).toBeUndefined();
    expect(liveEntryIn(undefined, 0)).toBeUndefined();
  });

  it('is refused where it is larger than the service takes', () => {
    const write = { bytes: new Uint8Array(longestEnvelope + 1), expiresAt: 1, version: 'v' };
    expect(() => encodeRecord(write)).toThrow(expect.objectContaining({ code: 'LARDER_UNSUPPORTED_VALUE' }));
  });

  it('never ends before its deadline in the service', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e9 }), (life) => {
        const seconds = lifeSeconds(1_000_000 + life, 1_000_000);
        expect(seconds * 1_000).toBeGreaterThanOrEqual(life);
        expect(seconds * 1_000).toBeLessThan(life + 1_000);
      }),
    );
    expect(lifeSeconds(Number.POSITIVE_INFINITY, 0)).toBeGreaterThan(3e9);
  });
});
