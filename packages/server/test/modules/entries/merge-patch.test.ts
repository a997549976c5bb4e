import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mergePatch } from '../../../src/modules/entries/merge-patch.js';

type Json = null | boolean | number | string | Json[] | Map<string, Json>;

/** RFC 7396, 2, word for word, on maps instead of objects. */
function reference(target: Json | undefined, patch: Json): Json {
  if (!(patch instanceof Map)) return patch;
  const merged = new Map(target instanceof Map ? target : []);
  for (const [name, value] of patch) {
    if (value === null) merged.delete(name);
    else merged.set(name, reference(merged.get(name), value));
  }
  return merged;
}

/** Few names, so that targets and patches meet; some that are special to JavaScript. */
const names = fc.constantFrom(
  'a',
  'b',
  'c',
  '__proto__',
  'constructor',
  'toString',
  '',
  '"\\',
  'é\u2028',
  '\ud800',
  '1',
);
const { json } = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    fc.constantFrom<Json>(null, true, 0, -1.5e300, '', 'null', '{"a":null}'),
    fc.string(),
    fc.array(tie('json'), { maxLength: 3 }),
    fc.array(fc.tuple(names, tie('json')), { maxLength: 5 }).map((members) => new Map(members)),
  ),
}));
const space = fc.constantFrom('', ' ', '\n\t', '\r\n ');

function textOf(value: Json, gap: string): string {
  if (value instanceof Map) {
    const members = Array.from(
      value,
      ([name, inner]) => `${gap}${JSON.stringify(name)}${gap}:${gap}${textOf(inner, gap)}`,
    );
    return `{${members.join(`${gap},`)}${gap}}`;
  }
  if (Array.isArray(value)) return `[${gap}${value.map((inner) => textOf(inner, gap)).join(`${gap},${gap}`)}${gap}]`;
  return JSON.stringify(value);
}

/** As `JSON.parse` reads it, with maps for objects. */
const parsed = (text: string): Json => asMaps(JSON.parse(text));
function asMaps(value: unknown): Json {
  if (Array.isArray(value)) return value.map(asMaps);
  if (typeof value !== 'object' || value === null) return value as Json;
  return new Map(Object.entries(value).map(([name, inner]) => [name, asMaps(inner)]));
}

describe('a merge patch', () => {
  it('does what RFC 7396 says, whatever the values and the spacing', () => {
    fc.assert(
      fc.property(json, json, space, (target, patch, gap) => {
        const merged = mergePatch(`${gap}${textOf(target, gap)}${gap}`, `${gap}${textOf(patch, gap)}`);
        expect(parsed(merged)).toEqual(reference(target, patch));
      }),
      { numRuns: 2_000 },
    );
  });

  it('leaves what it does not touch as it was written', () => {
    fc.assert(
      fc.property(json, space, (kept, gap) => {
        const written = textOf(kept, gap);
        expect(mergePatch(`{"k":${gap}${written}${gap},"x":1}`, '{"x":null}')).toBe(`{"k":${written}}`);
      }),
    );
  });

  // The test cases of RFC 7396, appendix A.
  it.each([
    ['{"a":"b"}', '{"a":"c"}', '{"a":"c"}'],
    ['{"a":"b"}', '{"b":"c"}', '{"a":"b","b":"c"}'],
    ['{"a":"b"}', '{"a":null}', '{}'],
    ['{"a":"b","b":"c"}', '{"a":null}', '{"b":"c"}'],
    ['{"a":["b"]}', '{"a":"c"}', '{"a":"c"}'],
    ['{"a":"c"}', '{"a":["b"]}', '{"a":["b"]}'],
    ['{"a":{"b":"c"}}', '{"a":{"b":"d","c":null}}', '{"a":{"b":"d"}}'],
    ['{"a":[{"b":"c"}]}', '{"a":[1]}', '{"a":[1]}'],
    ['["a","b"]', '["c","d"]', '["c","d"]'],
    ['{"a":"b"}', '["c"]', '["c"]'],
    ['{"a":"foo"}', 'null', 'null'],
    ['{"a":"foo"}', '"bar"', '"bar"'],
    ['{"e":null}', '{"a":1}', '{"e":null,"a":1}'],
    ['[1,2]', '{"a":"b","c":null}', '{"a":"b"}'],
    ['{}', '{"a":{"bb":{"ccc":null}}}', '{"a":{"bb":{}}}'],
  ])('of %s by %s gives %s', (target, patch, expected) => {
    expect(mergePatch(target, patch)).toBe(expected);
  });

  it.each([
    ['{"n":12345678901234567890,"f":1.0,"a":1}', '{"a":2.50}', '{"n":12345678901234567890,"f":1.0,"a":2.50}'],
    [
      '{"in":{"f":1e2, "s":"\\u0041"},"a":1}',
      '{"in":{"x":[null, 1.0]}}',
      '{"in":{"f":1e2,"s":"\\u0041","x":[null, 1.0]},"a":1}',
    ],
    ['{"a":1,"a":2}', '{"b":3}', '{"a":2,"b":3}'],
    ['{"a":1}', '{"a":2,"a":null}', '{}'],
    ['{"__proto__":{"x":1.0}}', '{"b":1}', '{"__proto__":{"x":1.0},"b":1}'],
  ])('of %s by %s keeps digits, and the last of a repeated name: %s', (target, patch, expected) => {
    expect(mergePatch(target, patch)).toBe(expected);
  });

  it('takes time in proportion to the texts, and no stack, however deep they are', () => {
    const depth = 150_000;
    const nested = (core: string) => '{"a":'.repeat(depth) + core + '}'.repeat(depth);
    expect(mergePatch(nested('{"b":1.0}'), nested('{"c":2}'))).toBe(nested('{"b":1.0,"c":2}'));
    expect(mergePatch('0', nested('null')).length).toBe(nested('').length - '"a":'.length);
    const brackets = '['.repeat(depth) + ']'.repeat(depth);
    expect(mergePatch(`{"a":${brackets}}`, '{"b":1}')).toBe(`{"a":${brackets},"b":1}`);
  });
});
