import type { JsonSchema } from '../../http/body-schema.js';

/** What one tenant may use. What is `null` is not limited. */
export interface TenantLimits {
  /** So many requests within so many seconds; a batch counts each operation. */
  readonly burst: { readonly requests: number; readonly seconds: number } | null;
  /** Requests a day (UTC). */
  readonly daily: { readonly requests: number } | null;
  /** Bytes of keys and values that are kept. */
  readonly storedBytes: number | null;
  readonly entries: number | null;
  /** Requests under way at the same time. */
  readonly concurrency: number | null;
  /** The life in seconds of what is written without one; `null` leaves it to the service. */
  readonly defaultTtl: number | null;
}

export const noLimits: TenantLimits = Object.freeze({
  burst: null,
  daily: null,
  storedBytes: null,
  entries: null,
  concurrency: null,
  defaultTtl: null,
});

const count = { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER };
const orNull = (schema: JsonSchema): JsonSchema => ({ anyOf: [schema, { type: 'null' }] });

/** Members that are left out keep what they have. */
export const tenantLimitsSchema: JsonSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    burst: orNull({
      type: 'object',
      additionalProperties: false,
      required: ['requests', 'seconds'],
      properties: { requests: count, seconds: { type: 'integer', minimum: 1, maximum: 86_400 } },
    }),
    daily: orNull({
      type: 'object',
      additionalProperties: false,
      required: ['requests'],
      properties: { requests: count },
    }),
    storedBytes: orNull(count),
    entries: orNull(count),
    concurrency: orNull(count),
    defaultTtl: orNull({ type: 'integer', minimum: 1, maximum: 3_153_600_000 }),
  },
};

/** All of them, as answers show them. */
export const allLimitsSchema: JsonSchema = { ...tenantLimitsSchema, required: Object.keys(noLimits) };
