import type { Described } from './operation.js';
import { longestTtlSeconds, ttlSchema } from './ttl.js';

/*
 * Parameters and fields that several operations have, as the OpenAPI document describes them.
 */

const entityTags = '* or a list of quoted entity tags (RFC 9110, section 13.1)';

export const ifMatch: Described = {
  description: `Goes on only where the entry has one of these versions: ${entityTags}.`,
  schema: { type: 'string', examples: ['"1m2n3"'] },
};

export const ifNoneMatch: Described = {
  description: `Goes on only where the entry has none of these versions; * only where there is none: ${entityTags}.`,
  schema: { type: 'string', examples: ['*'] },
};

export const conditionFields = { 'If-Match': ifMatch, 'If-None-Match': ifNoneMatch };

const requestTtl: Described = {
  description:
    'The life in seconds. Where several places name one, they must agree; without one it is the default of the tenant.',
  schema: { type: 'integer', minimum: 1, maximum: longestTtlSeconds },
};

export const ttlQuery = { ttl: requestTtl };
export const ttlField = { 'Cache-TTL': requestTtl };

export const etagSchema = {
  type: 'string',
  pattern: '^"[^"]+"$',
  description: 'A strong entity tag; each write has its own.',
};

const etag: Described = {
  description: 'The version of the entry, a strong entity tag: each write has its own.',
  schema: etagSchema,
  isRequired: true,
};

const remainingTtl: Described = {
  description: 'What is left of the life, in seconds, rounded up. Absent where it has no end.',
  schema: { type: 'integer', minimum: 0 },
};

/** Of answers about one version of an entry. */
export const versionFields = { ETag: etag, 'Cache-TTL': remainingTtl };

/** In bodies of answers. */
export const remainingTtlSchema = {
  anyOf: [{ ...ttlSchema, minimum: 0 }, { type: 'null' }],
  description: 'What is left of the life, in seconds, rounded up; null where it has no end.',
};

export const timeSchema = { type: 'string', format: 'date-time' };
