import { bodySchema, detailKeyword, type JsonSchema } from '../../http/body-schema.js';
import { textMediaType } from '../../http/media-type.js';
import { Problem } from '../../http/problem.js';
import { ttlSchema } from '../../http/ttl.js';
import type { Tenant } from '../tenants/tenant.js';
import { asDuration } from './entry-write.js';
import { tooManyWriters } from './write-entry.js';

export interface Increment {
  readonly by: number;
  /** What a missing counter counts from. */
  readonly initial: number;
  /** The life of a counter that this call makes; an existing one keeps its own. */
  readonly ttlSeconds: number | undefined;
}

interface IncrementBody {
  readonly by?: number;
  readonly initial?: number;
  readonly ttl?: number;
}

const integer: JsonSchema = {
  type: 'integer',
  minimum: Number.MIN_SAFE_INTEGER,
  maximum: Number.MAX_SAFE_INTEGER,
  [detailKeyword]: 'by and initial must be integers between -(2^53 - 1) and 2^53 - 1.',
};

export const incrementProperties: Readonly<Record<keyof IncrementBody, JsonSchema>> = {
  by: { ...integer, default: 1 },
  initial: { ...integer, default: 0, description: 'What a missing counter counts from.' },
  ttl: { ...ttlSchema, description: 'The life in seconds of a counter that this call makes.' },
};

export const incrementBody = bodySchema<IncrementBody>({
  type: 'object',
  additionalProperties: false,
  properties: incrementProperties,
});

const integerText = /^-?(?:0|[1-9]\d{0,15})$/;
const longestInteger = 17;

export function incrementFrom({ by = 1, initial = 0, ttl }: IncrementBody): Increment {
  return { by, initial, ttlSeconds: ttl };
}

/**
 * Adds to a counter, which is an entry whose bytes are an integer as text: what was put as `41` can be counted on, and
 * is then read as `42`. Resolves with the sum.
 */
export async function incrementEntry(
  tenant: Tenant,
  key: string,
  increment: Increment,
  attempts: number,
): Promise<number> {
  const { by, initial, ttlSeconds = tenant.defaultTtlSeconds } = increment;
  const attributes = { contentType: textMediaType, ttl: asDuration(ttlSeconds) };
  // Two atomic steps, neither of which does harm alone. If the counter comes or goes between them, start again.
  for (let attempt = 0; attempt < attempts; attempt++) {
    const updated = await tenant.entries.update(key, (bytes) => bytesOf(sum(integerIn(bytes), by)));
    if (updated !== undefined) return counted(tenant, integerIn(updated));
    const first = sum(initial, by);
    const { storage } = tenant;
    if (storage !== undefined) await storage.admit(key, longestInteger);
    if (!(await tenant.entries.add(key, bytesOf(first), attributes))) continue;
    storage?.wrote(key, longestInteger, true);
    return counted(tenant, first);
  }
  throw tooManyWriters();
}

function counted(tenant: Tenant, total: number): number {
  tenant.counters.writes++;
  return total;
}

function integerIn(bytes: Uint8Array): number {
  const text = bytes.byteLength > longestInteger ? '' : String.fromCharCode(...bytes);
  const value = integerText.test(text) ? Number(text) : Number.NaN;
  if (isInteger(value)) return value;
  throw new Problem('not_an_integer', 'The value is not the text of an integer between -(2^53 - 1) and 2^53 - 1.');
}

function sum(value: number, by: number): number {
  const total = value + by;
  if (isInteger(total)) return total;
  throw new Problem('not_an_integer', 'The sum is not between -(2^53 - 1) and 2^53 - 1.');
}

function bytesOf(value: number): Uint8Array {
  return new TextEncoder().encode(String(value));
}

function isInteger(value: unknown): value is number {
  return Number.isSafeInteger(value);
}
