import type { Duration, Version } from '@larder/cache';
import { type Preconditions, writeMayProceed } from '../../http/conditional.js';
import { checkedObject } from '../../http/json-document.js';
import { Problem } from '../../http/problem.js';
import { checkedSeconds } from '../../http/ttl.js';
import type { Tenant } from '../tenants/tenant.js';
import { asDuration } from './entry-write.js';
import { preconditionFailed } from './write-entry.js';

/** A new life for an entry; `undefined` seconds are a life without end. */
export interface Touch {
  readonly ttlSeconds: number | undefined;
}

/** Reads `{ttl}` or `{persist: true}`. */
export function touchFrom(value: unknown): Touch {
  const { ttl, persist } = checkedObject(value, 'The body', ['ttl', 'persist']);
  if (persist !== undefined && persist !== true) throw new Problem('invalid_body', 'persist must be true.');
  if ((ttl === undefined) === (persist === undefined)) {
    throw new Problem('invalid_body', 'Either ttl or persist must be there, and not both.');
  }
  return { ttlSeconds: persist === true ? undefined : checkedSeconds(ttl) };
}

/** Resolves with the version that was touched, which stays; `undefined` if there is no entry. */
export async function touchEntry(
  tenant: Tenant,
  key: string,
  { ttlSeconds }: Touch,
  conditions: Preconditions,
): Promise<Version | undefined> {
  const life: Duration = ttlSeconds === undefined ? 'never' : asDuration(ttlSeconds);
  for (;;) {
    const current = await tenant.current.getEntry(key);
    if (current === undefined) return undefined;
    const { version } = current;
    if (!writeMayProceed(conditions, version)) throw preconditionFailed();
    // If another write came in between, the conditions are about that one now.
    if (await tenant.entries.touch(key, life, { ifVersion: version })) return version;
  }
}
