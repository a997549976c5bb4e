import { bodySchema, closedObject, problemKeyword } from '../../http/body-schema.js';
import { etagSchema } from '../../http/common-parameters.js';
import { jsonMediaType } from '../../http/media-type.js';
import type { Operation } from '../../http/operation.js';

/** A day. Whoever needs a lock for longer extends it. */
const longestLockSeconds = 86_400;

export const lockTerms = bodySchema<{ readonly ttl: number }>({
  type: 'object',
  additionalProperties: false,
  required: ['ttl'],
  properties: { ttl: { type: 'integer', minimum: 1, maximum: longestLockSeconds, [problemKeyword]: 'invalid_ttl' } },
});

const body = { content: { [jsonMediaType]: lockTerms.schema }, isRequired: true };
const text = { type: 'string' };
const seconds = { type: 'integer' };
const token = { ETag: { description: 'The token of the holder', schema: etagSchema, isRequired: true } };
const ifMatch = {
  'If-Match': { description: 'The token of the holder, as an entity tag', schema: text, isRequired: true },
};

export const takeLock: Operation = {
  id: 'takeLock',
  method: 'POST',
  route: 'lock',
  summary: 'Takes a lock for some seconds',
  scope: 'locks',
  body,
  answers: {
    201: {
      description: 'The lock is yours; keep the token to extend it and to let go of it',
      content: {
        [jsonMediaType]: closedObject({ name: text, token: text, fencingToken: { type: 'integer' }, ttl: seconds }),
      },
      fields: token,
    },
  },
  problems: ['invalid_body', 'invalid_ttl', 'lock_held', 'storage_quota'],
  isRepeatable: true,
};

export const extendLock: Operation = {
  id: 'extendLock',
  method: 'PATCH',
  route: 'lock',
  summary: 'Extends a lock; it never becomes shorter',
  scope: 'locks',
  fields: ifMatch,
  body,
  answers: {
    200: {
      description: 'The lock is yours for at least so many seconds from now on',
      content: {
        [jsonMediaType]: closedObject({ name: text, token: text, ttl: seconds }),
      },
      fields: token,
    },
  },
  problems: ['invalid_body', 'invalid_ttl', 'precondition_failed', 'storage_quota'],
};

export const releaseLock: Operation = {
  id: 'releaseLock',
  method: 'DELETE',
  route: 'lock',
  summary: 'Lets go of a lock',
  scope: 'locks',
  fields: ifMatch,
  answers: { 204: { description: 'Others may take it now' } },
  problems: ['precondition_failed'],
};
