import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { api } from '../../src/api.js';
import {
  type BodySchema,
  bodySchema,
  detailKeyword,
  missingKeyword,
  problemKeyword,
} from '../../src/http/body-schema.js';
import { jsonMediaType } from '../../src/http/media-type.js';
import { Problem } from '../../src/http/problem.js';
import { defaultLimits } from '../../src/limits.js';
import { operationsOf, parseOperation } from '../../src/modules/batch/operations.js';
import { envelope } from '../../src/modules/entries/envelope.js';
import { incrementBody } from '../../src/modules/entries/increment-entry.js';
import { touch } from '../../src/modules/entries/touch-entry.js';
import { exampleOf } from '../../src/modules/openapi/curl-line.js';

function refusal(read: () => unknown): readonly [code: string, detail: string] {
  try {
    read();
  } catch (error) {
    if (error instanceof Problem) return [error.code, error.message];
    throw error;
  }
  throw new Error('It was taken.');
}

const refusalOf = (schema: BodySchema<unknown>, body: unknown) => refusal(() => schema.read(body));
const parsed = (operation: unknown) => {
  const source = JSON.stringify({ operations: [operation] });
  const [first] = operationsOf({ source, value: JSON.parse(source) });
  if (first === undefined) throw new Error('There is no operation.');
  return parseOperation(first, defaultLimits);
};

const bodies = api
  .flatMap(({ operations }) => operations)
  .map(({ id, body }) => ({ id, schema: body?.content[jsonMediaType] }))
  .filter((body) => body.schema !== undefined);

describe('the schema of each body', () => {
  it.each(bodies)('of $id is one by its meta-schema, and takes the example of the documents', ({ schema = {} }) => {
    const ajv = new Ajv2020({ strict: true, strictRequired: false, allowUnionTypes: true });
    for (const keyword of [problemKeyword, missingKeyword, detailKeyword])
      ajv.addKeyword({ keyword, schemaType: 'string' });
    const validate = ajv.compile(schema);
    expect(validate(exampleOf(schema)), JSON.stringify(validate.errors)).toBe(true);
  });

  it('are those of all bodies of JSON', () => {
    expect(bodies.map(({ id }) => id)).toEqual(
      expect.arrayContaining(['postEntry', 'patchEntry', 'incrementEntry', 'runBatch', 'createTenant', 'flushTenant']),
    );
  });
});

describe('what is told of a body that cannot be used', () => {
  it.each([
    ['no object', [], 'The body must be a JSON object.'],
    ['an unknown member', { a: 1, b: 1 }, 'The body has a member that is not one of a, c.'],
    ['a member that is missing', { c: 'x' }, 'The body has no member a.'],
    ['another type', { a: 'text' }, 'The body has at /a what cannot be used: it must be an integer.'],
    ['what is none of a few', { a: 1, c: 'z' }, 'The body has at /c what cannot be used: it must be one of x, y.'],
  ])('is what is wrong, and not with which value: %s', (_what, body, detail) => {
    const schema = bodySchema({
      type: 'object',
      additionalProperties: false,
      required: ['a'],
      properties: { a: { type: 'integer' }, c: { type: 'string', enum: ['x', 'y'] } },
    });
    expect(refusalOf(schema, body)).toEqual(['invalid_body', detail]);
  });

  const rule = 'A time to live is whole seconds from 1 to 3153600000.';
  it.each([
    ['envelope', envelope, { value: 1, ttl: 0 }, 'invalid_ttl', rule],
    ['envelope', envelope, {}, 'invalid_body', 'Either value or valueBase64 must be there, and not both.'],
    [
      'envelope',
      envelope,
      { value: 1, indexes: { 'secret-name': 5 } },
      'invalid_body',
      'An index term must be text of 1 to 256 characters.',
    ],
    [
      'envelope',
      envelope,
      { value: 1, tags: Array(65).fill('t') },
      'invalid_body',
      'The body has at /tags what cannot be used: it must NOT have more than 64 items.',
    ],
    ['touch', touch, { ttl: 1.5 }, 'invalid_ttl', rule],
    ['touch', touch, {}, 'invalid_body', 'Either ttl or persist must be there, and nothing else.'],
    [
      'touch',
      touch,
      { persist: false },
      'invalid_body',
      'The body has at /persist what cannot be used: it must be true.',
    ],
    [
      'increment',
      incrementBody,
      { by: 2 ** 53 },
      'invalid_body',
      'by and initial must be integers between -(2^53 - 1) and 2^53 - 1.',
    ],
    ['increment', incrementBody, { ttl: 'x' }, 'invalid_ttl', rule],
  ] as const)('is told in its own words: %s %#', (_name, schema, body, code, detail) => {
    expect(refusalOf(schema, body)).toEqual([code, detail]);
  });

  it.each([
    [{ op: 'get' }, 'invalid_key'],
    [{ op: 'get', key: 1 }, 'invalid_key'],
    [{ op: 'get', key: '\ud800' }, 'invalid_key'],
    [{ op: 'get', key: 'k', ttl: 1 }, 'invalid_body'],
    [{ op: 'touch', key: 'k' }, 'invalid_ttl'],
    [{ op: 'touch', key: 'k', ttl: -1 }, 'invalid_ttl'],
    [{ op: 'increment', key: 'k', by: '1' }, 'invalid_body'],
    [{ op: 'set', key: 'k' }, 'invalid_body'],
    [{ op: 'set', key: 'k', value: '\ud800' }, 'invalid_body'],
    [{ op: 'add', key: 'k', valueBase64: 'eA' }, 'invalid_body'],
    [{ op: 'set', key: 'k', value: 1, tags: ['\ud800'] }, 'invalid_body'],
    [{ op: 'fly', key: 'k' }, 'invalid_body'],
    [{ op: 'constructor', key: 'k' }, 'invalid_body'],
    ['get k', 'invalid_body'],
  ])('is told of each operation of a batch: %j', (operation, code) => {
    expect(refusal(() => parsed(operation))[0]).toBe(code);
  });
});
