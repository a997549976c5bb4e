import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { elementSpans, memberSpans, nestedEnds } from '../../src/http/json-source.js';

const json = fc.jsonValue();
const space = fc.constantFrom('', ' ', '\n\t', '\r\n  ');
const sliced = (source: string, { start, end }: { start: number; end: number }) => source.slice(start, end);

describe('where values stand in a JSON text', () => {
  it('finds the elements of any array, in any spacing', () => {
    const array = fc.tuple(fc.array(json), space, space);
    fc.assert(
      fc.property(array, ([values, before, after]) => {
        const texts = values.map((value) => JSON.stringify(value, null, before.length));
        const source = `${before}[${before}${texts.join(`${after},${before}`)}${after}]`;
        expect(elementSpans(source, 0).map((span) => sliced(source, span))).toEqual(texts);
      }),
    );
  });

  it('finds the members of any object', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), json), (object) => {
        const source = JSON.stringify(object);
        const found = [...memberSpans(source, 0)].map(([name, span]) => [name, JSON.parse(sliced(source, span))]);
        expect(new Map(found as [string, unknown][])).toEqual(new Map(Object.entries(JSON.parse(source))));
      }),
    );
  });

  it('finds the same members with the ends of all values at hand', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), json), (object) => {
        const source = JSON.stringify(object);
        expect(memberSpans(source, 0, nestedEnds(source))).toEqual(memberSpans(source, 0));
      }),
    );
  });

  it.each([
    ['{"a":1.0}', 'a', '1.0'],
    ['{"a":12345678901234567890,"b":0}', 'a', '12345678901234567890'],
    ['{"a" : "x\\\\" , "b": 1}', 'a', '"x\\\\"'],
    ['{"a":"\\\\\\"}","b":2}', 'b', '2'],
    ['{"a":1,"a":2}', 'a', '2'],
    ['{"\\u0061":[{"]":"}"}]}', 'a', '[{"]":"}"}]'],
  ])('in %s the member %s is %s', (source, name, expected) => {
    const span = memberSpans(source, 0).get(name);
    expect(span && sliced(source, span)).toBe(expected);
  });
});
