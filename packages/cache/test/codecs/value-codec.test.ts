import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { copyValue } from '../../src/codecs/copy-value.js';
import { surveyValue } from '../../src/codecs/survey-value.js';
import { type DecodedValue, decodeValue, type EncodedValue, encodeValue } from '../../src/codecs/value-codec.js';
import { UnsupportedValueError } from '../../src/errors.js';
import { arbitraryValue } from './arbitrary-value.js';
import { keptValues } from './kept-values.js';
import { nested } from './refused-values.js';
import { expectSame } from './same-value.js';

/** As it travels: text becomes UTF-8. */
function travel(encoded: EncodedValue): EncodedValue {
  return { ...encoded, payload: Buffer.from(encoded.payload) };
}

function valueIn(decoded: DecodedValue): unknown {
  if (!decoded.ok) throw new Error(decoded.reason);
  return decoded.value;
}

describe('a value comes back from its payload as it went in', () => {
  it.each(keptValues())('%s', (_, value) => {
    const survey = surveyValue(value, { copy: true });
    const encoded = travel(encodeValue(survey.value, survey.isPlainJson));
    for (const freeze of [true, false]) {
      const decoded = decodeValue(encoded, { freeze });
      expectSame(valueIn(decoded), value);
      expect(decoded.ok && decoded.isMutable).toBe(survey.isMutable);
      if (freeze) expect(decoded.ok && decoded.size).toBe(survey.size);
    }
  });

  it('for any value, copied, encoded, decoded and copied again', () => {
    const property = fc.property(arbitraryValue, fc.boolean(), (value, freeze) => {
      const survey = surveyValue(value, { copy: true });
      expectSame(survey.value, value);
      const decoded = decodeValue(travel(encodeValue(survey.value, survey.isPlainJson)), { freeze });
      expectSame(valueIn(decoded), value);
      expectSame(copyValue(valueIn(decoded)), value);
      expect(decoded.ok && decoded.isMutable).toBe(survey.isMutable);
      if (freeze) expect(decoded.ok && decoded.size).toBe(survey.size);
    });
    fc.assert(property, { numRuns: 2_000 });
  });

  it.each([
    ['objects', (a: unknown) => ({ a })],
    ['maps', (a: unknown) => new Map([[1, a]])],
    ['map keys', (a: unknown) => new Map([[a, 1]])],
    ['escaped objects', (a: unknown) => ({ $larder: a, b: undefined })],
  ])('1,000 levels of %s', (_, wrap) => {
    const value = nested(1_000, wrap);
    expectSame(valueIn(decodeValue(travel(encodeValue(value)), { freeze: true })), value);
  });
});

describe('encodeValue', () => {
  it.each([
    ['an object', { a: [1, 'x', null] }, 'json', '{"a":[1,"x",null]}'],
    ['a number', 42, 'json', '42'],
    ['null', null, 'json', 'null'],
    ['an object with a $larder member', { $larder: 'map' }, 'json', '{"$larder":"map"}'],
    ['a lone surrogate', '\ud800', 'json', '"\\ud800"'],
    ['a string', 'Grüße', 'text', 'Grüße'],
    ['minus zero', -0, 'tagged-json', '{"$larder":"number","value":"-0"}'],
    ['a bigint', 12n, 'tagged-json', '{"$larder":"bigint","value":"12"}'],
    ['a date', [new Date(5)], 'tagged-json', '[{"$larder":"date","value":5}]'],
    ['a map', new Map([['a', undefined]]), 'tagged-json', '{"$larder":"map","value":[["a",{"$larder":"undefined"}]]}'],
    ['a set', new Set([1]), 'tagged-json', '{"$larder":"set","value":[1]}'],
    ['inner bytes', [Uint8Array.of(255)], 'tagged-json', '[{"$larder":"uint8-array","value":"/w=="}]'],
    [
      'an escaped object',
      { $larder: 1, a: undefined },
      'tagged-json',
      '{"$larder":"object","value":{"$larder":1,"a":{"$larder":"undefined"}}}',
    ],
  ])('writes %s', (_, value, format, payload) => {
    expect(encodeValue(value)).toEqual({ format, payload, isBuffer: false });
  });

  it('hands bytes on as they are', () => {
    const bytes = Uint8Array.of(1, 2);
    expect(encodeValue(bytes).payload).toBe(bytes);
    expect(encodeValue(Buffer.from('x'))).toMatchObject({ format: 'bytes', isBuffer: true });
  });

  it('refuses what cannot be kept', () => {
    expect(() => encodeValue({ save() {} })).toThrow(UnsupportedValueError);
    expect(() => encodeValue(undefined)).toThrow(UnsupportedValueError);
  });
});

describe('decodeValue', () => {
  it('does not copy bytes', () => {
    const payload = new Uint8Array(8).subarray(2, 6);
    const plain = valueIn(decodeValue({ format: 'bytes', payload }, { freeze: true })) as Uint8Array;
    const buffer = valueIn(decodeValue({ format: 'bytes', payload, isBuffer: true }, { freeze: true })) as Buffer;
    payload[0] = 7;
    expect([plain[0], buffer[0], plain.constructor, buffer.constructor]).toEqual([7, 7, Uint8Array, Buffer]);
  });

  it('never sets a prototype', () => {
    const payload = '{"__proto__":{"admin":true},"x":{"$larder":"object","value":{"__proto__":{"admin":true}}}}';
    for (const format of ['json', 'tagged-json'] as const) {
      const value = valueIn(decodeValue({ format, payload }, { freeze: false })) as { x: object; admin?: boolean };
      expect(value.admin).toBeUndefined();
      expect([Object.getPrototypeOf(value), Object.getPrototypeOf(value.x)]).toEqual([
        Object.prototype,
        Object.prototype,
      ]);
    }
  });

  it.each([
    ['an unknown kind', '{"$larder":"rocket","value":1}'],
    ['a kind of Object.prototype', '{"$larder":"constructor","value":1}'],
    ['a kind that is no text', '{"$larder":{},"value":1}'],
    ['a member too many', '{"$larder":"date","value":1,"more":1}'],
    ['no value', '{"$larder":"date"}'],
    ['a value of undefined', '{"$larder":"undefined","value":1}'],
    ['nothing but undefined', '{"$larder":"undefined"}'],
    ['nothing but a hole', '{"$larder":"hole"}'],
    ['a hole in an object', '{"a":{"$larder":"hole"}}'],
    ['a hole in a map', '{"$larder":"map","value":[[1,{"$larder":"hole"}]]}'],
    ['a hole in a set', '{"$larder":"set","value":[{"$larder":"hole"}]}'],
    ['a number that JSON has', '{"$larder":"number","value":"1"}'],
    ['a number of Object.prototype', '{"$larder":"number","value":"toString"}'],
    ['a bigint of nothing', '{"$larder":"bigint","value":""}'],
    ['a bigint in hexadecimal', '{"$larder":"bigint","value":"0x1"}'],
    ['a bigint of minus zero', '{"$larder":"bigint","value":"-0"}'],
    ['a date too far', '{"$larder":"date","value":1e300}'],
    ['a date of text', '{"$larder":"date","value":"2026"}'],
    ['a regexp that does not parse', '{"$larder":"regexp","value":["(","",0]}'],
    ['a regexp with odd flags', '{"$larder":"regexp","value":["a","zz",0]}'],
    ['a regexp without an index', '{"$larder":"regexp","value":["a",""]}'],
    ['a map of no pairs', '{"$larder":"map","value":[1]}'],
    ['a map of triples', '{"$larder":"map","value":[[1,2,3]]}'],
    ['a map of an object', '{"$larder":"map","value":{}}'],
    ['a set of text', '{"$larder":"set","value":"abc"}'],
    ['an escaped array', '{"$larder":"object","value":[]}'],
    ['an escaped null', '{"$larder":"null-prototype","value":null}'],
    ['bytes that are not base64', '{"$larder":"uint8-array","value":"*"}'],
    ['bytes that are no text', '{"$larder":"buffer","value":[1]}'],
    ['half an element', '{"$larder":"int16-array","value":"AA=="}'],
    ['100,000 levels', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
    ['100,000 levels of sets', `${'{"$larder":"set","value":['.repeat(100_000)}${']}'.repeat(100_000)}`],
    ['1,001 levels', `${'['.repeat(1_001)}${']'.repeat(1_001)}`],
    ['no JSON', '{'],
    ['no text', ''],
  ])('gives a reason for tagged JSON with %s', (_, payload) => {
    const decoded = decodeValue({ format: 'tagged-json', payload }, { freeze: true });
    expect(decoded).toEqual({ ok: false, reason: expect.stringMatching(/^[A-Z].*\.$/) });
  });

  it.each([
    ['JSON', 'json', '{"secret":'],
    ['deep JSON', 'json', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
    ['JSON of other bytes', 'json', Buffer.from([0x22, 0xff, 0x22])],
    ['text of other bytes', 'text', Buffer.from([0xff])],
    ['text of half a character', 'text', Buffer.from('ü').subarray(0, 1)],
  ] as const)('gives a reason for broken %s, and does not quote it', (_, format, payload) => {
    const decoded = decodeValue({ format, payload }, { freeze: true });
    expect(decoded).toEqual({ ok: false, reason: expect.not.stringContaining('secret') });
  });
});
