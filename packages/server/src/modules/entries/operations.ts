import { closedObject, type JsonSchema } from '../../http/body-schema.js';
import {
  conditionFields,
  etagSchema,
  remainingTtlSchema,
  ttlField,
  ttlQuery,
  versionFields,
} from '../../http/common-parameters.js';
import { entryMediaType, jsonMediaType, mergePatchMediaType } from '../../http/media-type.js';
import type { Operation } from '../../http/operation.js';
import { entrySchema } from './entry-document.js';
import { envelope } from './envelope.js';
import { incrementBody } from './increment-entry.js';
import { touch } from './touch-entry.js';

const anyType = '*/*';

/** What writes answer. */
const writtenSchema = closedObject({ key: { type: 'string' }, etag: etagSchema, ttl: remainingTtlSchema });
const written = { content: { [jsonMediaType]: writtenSchema }, fields: versionFields };
const integerSchema: JsonSchema = { type: 'integer' };

export const getEntry: Operation = {
  id: 'getEntry',
  method: 'GET',
  route: 'entry',
  summary: 'The value with its type, or the entry with its attributes',
  scope: 'cache:read',
  fields: conditionFields,
  answers: {
    200: {
      description: `The value, byte for byte and with its type; to Accept: ${entryMediaType}, the entry`,
      content: { [anyType]: undefined, [entryMediaType]: entrySchema },
      fields: {
        ...versionFields,
        'Content-Disposition': {
          description: 'attachment, for types that a browser would run.',
          schema: { const: 'attachment' },
        },
      },
    },
    304: { description: 'The caller has it already', fields: versionFields },
  },
  problems: ['key_not_found', 'precondition_failed'],
};

export const putEntry: Operation = {
  id: 'putEntry',
  method: 'PUT',
  route: 'entry',
  summary: 'Writes an entry whose value is the body, byte for byte',
  scope: 'cache:write',
  query: ttlQuery,
  fields: { ...ttlField, ...conditionFields },
  body: { content: { [anyType]: undefined }, isRequired: false },
  answers: {
    201: { description: 'Created', fields: versionFields },
    204: { description: 'Replaced', fields: versionFields },
  },
  problems: ['invalid_ttl', 'precondition_failed', 'storage_quota'],
};

export const postEntry: Operation = {
  id: 'postEntry',
  method: 'POST',
  route: 'entry',
  summary: 'Writes an entry from an envelope; any other type of body is the value itself',
  scope: 'cache:write',
  query: ttlQuery,
  fields: { ...ttlField, ...conditionFields },
  body: { content: { [jsonMediaType]: envelope.schema, [anyType]: undefined }, isRequired: true },
  answers: { 201: { description: 'Created', ...written }, 200: { description: 'Replaced', ...written } },
  problems: ['invalid_body', 'invalid_ttl', 'precondition_failed', 'storage_quota'],
};

export const deleteEntry: Operation = {
  id: 'deleteEntry',
  method: 'DELETE',
  route: 'entry',
  summary: 'Deletes an entry; Cache-Deleted says whether there was one',
  scope: 'cache:delete',
  fields: conditionFields,
  answers: {
    204: {
      description: 'There is no such entry any more',
      fields: {
        'Cache-Deleted': {
          description: 'Whether there was one.',
          schema: { type: 'string', enum: ['true', 'false'] },
          isRequired: true,
        },
      },
    },
  },
  problems: ['precondition_failed'],
};

export const patchEntry: Operation = {
  id: 'patchEntry',
  method: 'PATCH',
  route: 'entry',
  summary: 'Gives an entry a new life, or merges a patch (RFC 7396) into its value, which is JSON',
  scope: 'cache:write',
  fields: conditionFields,
  body: { content: { [jsonMediaType]: touch.schema, [mergePatchMediaType]: {} }, isRequired: true },
  answers: { 200: { description: 'Changed', ...written } },
  problems: ['invalid_body', 'invalid_ttl', 'key_not_found', 'precondition_failed', 'not_json', 'storage_quota'],
};

export const entryExists: Operation = {
  id: 'entryExists',
  method: 'GET',
  route: 'exists',
  summary: 'Whether there is a live entry',
  scope: 'cache:read',
  answers: {
    200: {
      description: 'Whether there is one',
      content: { [jsonMediaType]: closedObject({ exists: { type: 'boolean' } }) },
    },
  },
};

export const incrementEntry: Operation = {
  id: 'incrementEntry',
  method: 'POST',
  route: 'increment',
  summary: 'Adds to a counter, atomically',
  scope: 'cache:write',
  body: { content: { [jsonMediaType]: incrementBody.schema }, isRequired: false },
  answers: {
    200: { description: 'The sum', content: { [jsonMediaType]: closedObject({ value: integerSchema }) } },
  },
  problems: ['invalid_body', 'invalid_ttl', 'not_an_integer', 'storage_quota'],
  isRepeatable: true,
};
