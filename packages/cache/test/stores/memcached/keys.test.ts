import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wireKey } from '../../../src/stores/memcached/keys.js';
import { decodeRecord, encodeEntry } from '../../../src/stores/memcached/records.js';

describe('a key on the wire', () => {
  it('is printable ASCII of 1 to 250 characters, and no two are alike', () => {
    const wires = new Map<string, string>();
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 400 }), (key) => {
        const { id, text } = wireKey('', key);
        expect(text).toMatch(/^[\x21-\x7e]{1,250}$/);
        expect(wires.get(id) ?? key).toBe(key);
        wires.set(id, key);
      }),
      { numRuns: 1_000 },
    );
  });

  it('goes as it is where it can, up to 250 characters with its prefix', () => {
    expect(wireKey('p:', 'k'.repeat(248))).toMatchObject({ text: `p:${'k'.repeat(248)}`, isBase64: false });
    expect(wireKey('p:', 'k'.repeat(249)).trueKey).toBe(`p:${'k'.repeat(249)}`);
  });

  it('goes as base64 where it holds what a command line cannot', () => {
    for (const key of ['a b', 'a\r\nb', 'é', '\u0000']) {
      const { text, isBase64, trueKey } = wireKey('', key);
      expect({ key: Buffer.from(text, 'base64').toString(), isBase64, trueKey }).toEqual({ key, isBase64: true });
    }
    expect(wireKey('', 'é'.repeat(93)).trueKey).toBeUndefined();
    expect(wireKey('', 'é'.repeat(94)).trueKey).toBeDefined();
  });

  it('goes as a hash where it is too long, and the record tells two with the same hash apart', () => {
    const entry = { bytes: Buffer.from('value'), expiresAt: Number.POSITIVE_INFINITY, version: 'v' };
    const key = wireKey('', 'k'.repeat(5000));
    const { record } = encodeEntry(entry, key);
    expect(decodeRecord(record, key)).toEqual(entry);
    const twin = { ...key, trueKey: 'another key with this hash' };
    expect(decodeRecord(record, twin)).toBeUndefined();
  });

  it('is not taken for another whose base64 reads the same', () => {
    const [spaced, printable] = [wireKey('', 'a b'), wireKey('', 'YSBi')];
    expect(spaced.text).toBe(printable.text);
    expect(spaced.id).not.toBe(printable.id);
  });

  it('cannot be mistaken for the hash of another', () => {
    const hashed = Buffer.from(wireKey('', 'k'.repeat(5000)).text, 'base64');
    expect(hashed[0]).toBe(0xff);
    expect(wireKey('', hashed.toString('latin1')).text).not.toBe(hashed.toString('base64'));
    expect(wireKey('', hashed.toString()).text).not.toBe(hashed.toString('base64'));
  });
});
