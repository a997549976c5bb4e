import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeEntry, encodeEntry, withLifetime } from '../../src/codecs/envelope.js';
import type { Entry } from '../../src/contracts/entry.js';
import { arbitraryValue } from './arbitrary-value.js';
import { expectSame } from './same-value.js';

const time = fc.oneof(fc.double({ noNaN: true }), fc.constant(Number.POSITIVE_INFINITY));
const text = fc.string({ unit: 'grapheme' });
const required = {
  value: arbitraryValue,
  createdAt: time,
  freshUntil: time,
  staleUntil: time,
  version: fc.string({ maxLength: 20 }).map((version) => version.replaceAll(' ', '_')),
  tags: fc.array(text, { maxLength: 4 }),
  indexes: fc.dictionary(text, text, { maxKeys: 3, noNullPrototype: true }),
};
const arbitraryEntry: fc.Arbitrary<Entry> = fc.oneof(
  fc.record(required, { noNullPrototype: true }),
  fc.record(
    { ...required, loadMillis: fc.double({ noNaN: true }), contentType: text, etag: text, lastModified: text },
    { noNullPrototype: true },
  ),
);

it('any entry comes back as it went in', () => {
  const property = fc.property(arbitraryEntry, (entry) => {
    const decoded = decodeEntry(encodeEntry(entry), { freeze: true });
    expectSame(decoded.ok && decoded.entry, entry);
  });
  fc.assert(property, { numRuns: 1_000 });
});

function decodesCleanly(bytes: Uint8Array): void {
  for (const freeze of [true, false]) {
    const decoded = decodeEntry(bytes, { freeze });
    if (!decoded.ok) expect(decoded.reason.length).toBeGreaterThan(10);
  }
  withLifetime(bytes, 1, 2);
}

it('random bytes never throw', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), decodesCleanly), { numRuns: 5_000 });
});

it('mutated, cut and lengthened envelopes never throw', () => {
  const change = fc.tuple(fc.nat(), fc.nat(255));
  const changes = fc.array(change, { minLength: 1, maxLength: 4 });
  const property = fc.property(
    arbitraryEntry,
    fc.array(changes, { minLength: 10, maxLength: 10 }),
    (entry, variants) => {
      const original = encodeEntry(entry);
      for (const variant of variants) {
        const bytes = Buffer.from(original);
        for (const [at, byte] of variant) bytes[at % bytes.length] = byte;
        decodesCleanly(bytes);
        decodesCleanly(bytes.subarray(0, (variant[0]?.[0] ?? 0) % bytes.length));
      }
    },
  );
  fc.assert(property, { numRuns: 1_000 });
});

it('the right envelope around any payload never throws', () => {
  const words = [
    '{"$larder":',
    '"map"',
    '"set"',
    '"date"',
    '"object"',
    '"hole"',
    ',"value":',
    '[',
    ']',
    '{',
    '}',
    '1',
    '""',
  ];
  const payload = fc.array(fc.oneof(fc.constantFrom(...words), fc.constantFrom(',', ':', '"__proto__":')), {
    maxLength: 30,
  });
  const header = encodeEntry({
    value: 0n,
    createdAt: 1,
    freshUntil: 2,
    staleUntil: 3,
    version: 'v',
    tags: [],
    indexes: {},
  });
  const payloadAt = header.readUInt32LE(4);
  const property = fc.property(payload, (parts) => {
    const bytes = Buffer.concat([header.subarray(0, payloadAt), Buffer.from(parts.join(''))]);
    bytes.writeUInt32LE(bytes.length - payloadAt, 32);
    decodesCleanly(bytes);
  });
  fc.assert(property, { numRuns: 5_000 });
});
