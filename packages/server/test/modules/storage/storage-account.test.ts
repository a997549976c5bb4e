import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { figuresOf, hasRoomFor, isRecent, noChanges } from '../../../src/modules/storage/storage-account.js';

const census = { entries: 10, bytes: 1_000, finishedAt: 0, tookMillis: 1, covered: noChanges };

describe('what is kept', () => {
  it('is not known before the first census', () => {
    expect(figuresOf({ changes: { ...noChanges, createdEntries: 5 }, census: null })).toBeUndefined();
  });

  it('is the census, what was added since it began, and not what was removed since it ended', () => {
    const covered = {
      createdEntries: 3,
      createdBytes: 30,
      overwrittenBytes: 300,
      removedEntries: 2,
      removedBytes: 20,
    };
    const changes = {
      createdEntries: 7,
      createdBytes: 70,
      overwrittenBytes: 500,
      removedEntries: 3,
      removedBytes: 25,
    };
    expect(figuresOf({ changes, census: { ...census, covered } })).toEqual({
      entries: 10 + 4 - 1,
      firmBytes: 1_000 + 40 - 5,
      bytes: 1_000 + 40 - 5 + 200,
    });
  });
});

describe('room', () => {
  it('is there for whatever adds nothing, also where too much is kept', () => {
    const quota = { entries: 5, storedBytes: 100 };
    const kept = { entries: 9, bytes: 900 };
    expect(hasRoomFor(quota, kept, { entries: 0, bytes: 0 })).toBe(true);
    expect(hasRoomFor(quota, kept, { entries: 0, bytes: -5 })).toBe(true);
    expect(hasRoomFor(quota, kept, { entries: 0, bytes: 1 })).toBe(false);
    expect(hasRoomFor(quota, kept, { entries: 1, bytes: 0 })).toBe(false);
  });

  it('is there exactly up to the quota', () => {
    fc.assert(
      fc.property(fc.nat(1_000), fc.nat(1_000), fc.integer({ min: 1, max: 50 }), (quota, kept, more) => {
        const expected = kept + more <= quota;
        const inEntries = { entries: quota, storedBytes: null };
        const inBytes = { entries: null, storedBytes: quota };
        expect(hasRoomFor(inEntries, { entries: kept, bytes: 0 }, { entries: more, bytes: 9 })).toBe(expected);
        expect(hasRoomFor(inBytes, { entries: 0, bytes: kept }, { entries: 9, bytes: more })).toBe(expected);
      }),
    );
  });
});

it('a census counts as recent for two seconds, and for five times as long as it took', () => {
  expect([isRecent(census, 1_999), isRecent(census, 2_000)]).toEqual([true, false]);
  const long = { ...census, tookMillis: 1_000 };
  expect([isRecent(long, 4_999), isRecent(long, 5_000)]).toEqual([true, false]);
});
