import type { Duration, Version } from '@larder/cache';
import { bodySchema, detailKeyword } from '../../http/body-schema.js';
import { type Preconditions, writeMayProceed } from '../../http/conditional.js';
import { ttlSchema } from '../../http/ttl.js';
import type { Tenant } from '../tenants/tenant.js';
import { asDuration } from './entry-write.js';
import { preconditionFailed, tooManyWriters } from './write-entry.js';

/** A new life for an entry; `undefined` seconds are a life without end. */
export interface Touch {
  readonly ttlSeconds: number | undefined;
}

export const touch = bodySchema<{ readonly ttl?: number; readonly persist?: true }>({
  type: 'object',
  additionalProperties: false,
  properties: { ttl: ttlSchema, persist: { const: true, description: 'A life without end.' } },
  oneOf: [{ required: ['ttl'] }, { required: ['persist'] }],
  [detailKeyword]: 'Either ttl or persist must be there, and nothing else.',
});

/** Reads `{ttl}` or `{persist: true}`. */
export function touchFrom(value: unknown): Touch {
  return { ttlSeconds: touch.read(value).ttl };
}

/** Resolves with the version that was touched, which stays; `undefined` if there is no entry. */
export async function touchEntry(
  tenant: Tenant,
  key: string,
  { ttlSeconds }: Touch,
  conditions: Preconditions,
  attempts: number,
): Promise<Version | undefined> {
  const life: Duration = ttlSeconds === undefined ? 'never' : asDuration(ttlSeconds);
  for (let attempt = 0; attempt < attempts; attempt++) {
    const current = await tenant.current.getEntry(key);
    if (current === undefined) return undefined;
    const { version } = current;
    if (!writeMayProceed(conditions, version)) throw preconditionFailed();
    // If another write came in between, the conditions are about that one now.
    if (await tenant.entries.touch(key, life, { ifVersion: version })) return version;
  }
  throw tooManyWriters();
}
