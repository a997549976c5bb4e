import { jsonMediaType, mergePatchMediaType } from '../../http/media-type.js';
import type { Operation } from '../../http/operation.js';

export const getEntry: Operation = {
  id: 'getEntry',
  method: 'GET',
  route: 'entry',
  summary: 'The value with its type, or the entry with its attributes',
  scope: 'cache:read',
  answers: { 200: { description: 'The value, byte for byte' }, 304: { description: 'The caller has it already' } },
  problems: ['key_not_found', 'precondition_failed'],
};

export const putEntry: Operation = {
  id: 'putEntry',
  method: 'PUT',
  route: 'entry',
  summary: 'Writes an entry whose value is the body, byte for byte',
  scope: 'cache:write',
  answers: { 201: { description: 'Created' }, 204: { description: 'Replaced' } },
  problems: ['precondition_failed', 'value_too_large', 'storage_quota'],
};

export const postEntry: Operation = {
  id: 'postEntry',
  method: 'POST',
  route: 'entry',
  summary: 'Writes an entry from an envelope; any other type of body is the value itself',
  scope: 'cache:write',
  answers: { 201: { description: 'Created' }, 200: { description: 'Replaced' } },
  problems: ['precondition_failed', 'value_too_large', 'storage_quota'],
};

export const deleteEntry: Operation = {
  id: 'deleteEntry',
  method: 'DELETE',
  route: 'entry',
  summary: 'Deletes an entry; Cache-Deleted says whether there was one',
  scope: 'cache:delete',
  answers: { 204: { description: 'There is no such entry any more' } },
  problems: ['precondition_failed'],
};

export const patchEntry: Operation = {
  id: 'patchEntry',
  method: 'PATCH',
  route: 'entry',
  summary: 'Gives an entry a new life, or merges a patch (RFC 7396) into its value, which is JSON',
  scope: 'cache:write',
  body: {
    content: {
      [jsonMediaType]: {
        type: 'object',
        additionalProperties: false,
        minProperties: 1,
        maxProperties: 1,
        properties: { ttl: { type: 'integer', minimum: 1 }, persist: { const: true } },
      },
      [mergePatchMediaType]: {},
    },
    isRequired: true,
  },
  answers: { 200: { description: 'Changed' } },
  problems: [
    'key_not_found',
    'precondition_failed',
    'value_too_large',
    'unsupported_media_type',
    'not_json',
    'storage_quota',
  ],
};

export const entryExists: Operation = {
  id: 'entryExists',
  method: 'GET',
  route: 'exists',
  summary: 'Whether there is a live entry',
  scope: 'cache:read',
  answers: { 200: { description: 'Whether there is one' } },
};

export const incrementEntry: Operation = {
  id: 'incrementEntry',
  method: 'POST',
  route: 'increment',
  summary: 'Adds to a counter, atomically',
  scope: 'cache:write',
  answers: { 200: { description: 'The sum' } },
  problems: ['not_an_integer', 'storage_quota'],
  isRepeatable: true,
};
