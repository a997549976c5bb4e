import { describe, expect, it } from 'vitest';
import { decodeEntry, decodeEnvelope, encodeEntry, encodeEnvelope, withLifetime } from '../../src/codecs/envelope.js';
import type { Entry } from '../../src/contracts/entry.js';
import { keptValues } from './kept-values.js';
import { expectSame } from './same-value.js';

const bare: Entry = {
  value: { id: 1 },
  createdAt: 1_700_000_000_000.25,
  freshUntil: 1_700_000_060_000,
  staleUntil: 1_700_000_090_000,
  version: 'k3x.9',
  tags: [],
  indexes: {},
};

const full: Entry = {
  ...bare,
  freshUntil: Number.POSITIVE_INFINITY,
  staleUntil: Number.POSITIVE_INFINITY,
  tags: ['user:1', 'größe', '', 'user:1'],
  indexes: { email: 'a@example.org', '': '', größe: '世界' },
  loadMillis: 12.5,
  contentType: 'application/json; charset=utf-8',
  etag: '"1"',
  lastModified: 'Sat, 21 Nov 2026 10:00:00 GMT',
};

function decoded(bytes: Uint8Array): Entry {
  const result = decodeEntry(bytes, { freeze: true });
  if (!result.ok) throw new Error(result.reason);
  return result.entry;
}

describe('an entry comes back from its envelope as it went in', () => {
  it.each([
    ['bare', bare],
    ['with every attribute', full],
    ['with 1,000 long tags', { ...bare, tags: Array.from({ length: 1_000 }, (_, tag) => `${tag}`.repeat(100)) }],
    ['with no version', { ...bare, version: '' }],
    ['with the longest version', { ...bare, version: 'v'.repeat(255) }],
    ['with odd times', { ...bare, createdAt: -1, freshUntil: 0, staleUntil: Number.MAX_VALUE }],
  ])('%s', (_, entry) => {
    const result = decoded(encodeEntry(entry));
    expect(result).toStrictEqual(entry);
    expect([result, result.value, result.tags, result.indexes].every(Object.isFrozen)).toBe(true);
  });

  it.each(keptValues())('with %s', (_, value) => {
    expectSame(decoded(encodeEntry({ ...full, value })).value, value);
  });

  it('with an index called __proto__', () => {
    const indexes = JSON.parse('{"__proto__":"x"}') as Record<string, string>;
    const result = decoded(encodeEntry({ ...bare, indexes })).indexes;
    expect([Object.entries(result), Object.getPrototypeOf(result)]).toEqual([[['__proto__', 'x']], Object.prototype]);
  });

  it('from a Uint8Array that is no Buffer, and from the middle of another', () => {
    const bytes = encodeEntry(full);
    const outer = new Uint8Array(bytes.length + 10);
    outer.set(bytes, 3);
    expect(decoded(outer.subarray(3, 3 + bytes.length))).toStrictEqual(full);
  });
});

describe('the payload', () => {
  it('of JSON is the text of JSON.stringify, at the end of the envelope', () => {
    const bytes = encodeEntry(full);
    expect(bytes.subarray(bytes.readUInt32LE(4)).toString()).toBe('{"id":1}');
  });

  it('can be written without a value: JSON text that came from elsewhere', () => {
    const payload = Buffer.from('{ "id": 1 }');
    const bytes = encodeEnvelope(bare, { format: 'json', payload });
    expect(decoded(bytes).value).toEqual({ id: 1 });
    const envelope = decodeEnvelope(bytes);
    expect(envelope.ok && Buffer.from(envelope.encoded.payload).equals(payload)).toBe(true);
  });

  it('is not copied when bytes are read', () => {
    const bytes = encodeEntry({ ...bare, value: Uint8Array.of(1, 2, 3) });
    const { value } = decoded(bytes);
    bytes[bytes.length - 1] = 9;
    expect(value).toEqual(Uint8Array.of(1, 2, 9));
  });
});

describe('withLifetime', () => {
  it('gives a copy a new life and leaves the rest as it was', () => {
    const bytes = encodeEntry(full);
    const before = Buffer.from(bytes);
    const touched = withLifetime(bytes, 5, 7);
    expect(touched && decoded(touched)).toStrictEqual({ ...full, freshUntil: 5, staleUntil: 7 });
    expect(bytes.equals(before)).toBe(true);
  });

  it('does not touch what it cannot read', () => {
    const bytes = encodeEntry(full);
    bytes[1] = 2;
    expect(withLifetime(bytes, 5, 7)).toBeUndefined();
    expect(withLifetime(new Uint8Array(3), 5, 7)).toBeUndefined();
  });
});

describe('decodeEntry gives a reason', () => {
  const attributesAt = 37 + full.version.length;
  it.each<[string, RegExp, (bytes: Buffer) => Uint8Array | undefined]>([
    ['for nothing', /fewer bytes/, () => new Uint8Array(0)],
    ['for plain JSON', /no envelope/, () => Buffer.from(JSON.stringify({ name: 'x'.repeat(50) }))],
    ['for the next version', /version 2; this reader knows 1/, (bytes) => patched(bytes, 1, 2)],
    ['for an unknown format', /payload format 5/, (bytes) => patched(bytes, 2, 5)],
    ['for the compressed flag', /compressed or encrypted/, (bytes) => patched(bytes, 3, 2)],
    ['for the encrypted flag', /compressed or encrypted/, (bytes) => patched(bytes, 3, 4)],
    ['for the lowest reserved flag', /reserved flags 8/, (bytes) => patched(bytes, 3, 8)],
    ['for the highest flag', /reserved flags 128/, (bytes) => patched(bytes, 3, 0x80)],
    ['for the Buffer flag on JSON', /not bytes/, (bytes) => patched(bytes, 3, 1)],
    ['for a byte too few', /as long as it says/, (bytes) => bytes.subarray(0, -1)],
    ['for a byte too many', /as long as it says/, (bytes) => Buffer.concat([bytes, Buffer.of(0)])],
    ['for a header past the end', /as long as it says/, (bytes) => patched(bytes, 7, 0xff)],
    ['for a header that is too short', /version ends after/, (bytes) => patched(bytes, 4, 8)],
    ['for a version of spaces', /printable/, (bytes) => patched(bytes, 37, 0x20)],
    ['for a time that is none', /not a number/, (bytes) => void bytes.writeDoubleLE(Number.NaN, 16)],
    ['for an attribute that is too long', /attribute ends/, (bytes) => patched(bytes, attributesAt + 3, 1)],
    ['for an attribute that is not UTF-8', /not UTF-8/, (bytes) => patched(bytes, attributesAt + 5, 0xff)],
    ['for a payload that is no JSON', /malformed/, (bytes) => patched(bytes, bytes.length - 1, 0x7b)],
  ])('%s', (_, reason, change) => {
    const bytes = encodeEntry(full);
    expect(decodeEntry(change(bytes) ?? bytes, { freeze: true })).toEqual({
      ok: false,
      reason: expect.stringMatching(reason),
    });
  });

  it('but skips attributes that it does not know', () => {
    const bytes = encodeEntry(full);
    const attribute = Buffer.from([200, 3, 0, 0, 0, 1, 2, 3]);
    const longer = Buffer.concat([bytes.subarray(0, attributesAt), attribute, bytes.subarray(attributesAt)]);
    longer.writeUInt32LE(bytes.readUInt32LE(4) + attribute.length, 4);
    expect(decoded(longer)).toStrictEqual(full);
  });
});

function patched(bytes: Buffer, at: number, byte: number): Buffer {
  bytes[at] = byte;
  return bytes;
}

describe('encodeEnvelope', () => {
  it.each(['v'.repeat(256), 'größe', 'a b'])('refuses the version %s', (version) => {
    expect(() => encodeEntry({ ...bare, version })).toThrow(RangeError);
  });
});
