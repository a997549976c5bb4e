import type { Version, WriteOutcome } from '@larder/cache';
import { isOnlyIfAbsent, isUnconditional, writeMayProceed } from '../../http/conditional.js';
import { Problem } from '../../http/problem.js';
import type { Tenant } from '../tenants/tenant.js';
import { asDuration, type EntryWrite } from './entry-write.js';

export interface Written {
  readonly created: boolean;
  readonly version: Version;
}

/** @throws Problem `precondition_failed` if the write's conditions do not hold, `storage_quota` if there is no room */
export async function writeEntry(tenant: Tenant, key: string, write: EntryWrite, attempts: number): Promise<Written> {
  const { storage } = tenant;
  const { byteLength } = write.value;
  if (storage !== undefined) await storage.admit(key, byteLength);
  const outcome = await conditionalWrite(tenant, key, write, attempts);
  storage?.wrote(key, byteLength, outcome.created);
  tenant.counters.writes++;
  return outcome;
}

async function conditionalWrite(tenant: Tenant, key: string, write: EntryWrite, attempts: number): Promise<Written> {
  const { conditions } = write;
  if (isUnconditional(conditions)) return setEntry(tenant, key, write, {});
  if (isOnlyIfAbsent(conditions)) {
    const outcome = await setEntry(tenant, key, write, { ifAbsent: true });
    if (outcome.stored) return outcome;
    throw preconditionFailed();
  }
  // Judge what is there, then write only if it is still there. Whoever comes between makes us judge again:
  //   1. A reads version 1, which its If-Match names.   2. B writes version 2.   3. A's write, bound to version 1, fails.
  for (let attempt = 0; attempt < attempts; attempt++) {
    const current = await tenant.current.getEntry(key);
    if (!writeMayProceed(conditions, current?.version)) throw preconditionFailed();
    const guard = current === undefined ? { ifAbsent: true } : { ifVersion: current.version };
    const outcome = await setEntry(tenant, key, write, guard);
    if (outcome.stored) return outcome;
  }
  throw tooManyWriters();
}

function setEntry(
  { entries, defaultTtlSeconds }: Tenant,
  key: string,
  { value, contentType, ttlSeconds = defaultTtlSeconds, tags, indexes }: EntryWrite,
  guard: { readonly ifAbsent?: boolean; readonly ifVersion?: Version },
): Promise<WriteOutcome> {
  return entries.setEntry(key, ownBytes(value), { contentType, tags, indexes, ttl: asDuration(ttlSeconds), ...guard });
}

/** Small buffers are parts of a pool, and what memory keeps of one would hold all of it. */
function ownBytes(value: Uint8Array): Uint8Array {
  if (value.byteLength * 2 >= value.buffer.byteLength) return value;
  const copy = Buffer.allocUnsafeSlow(value.byteLength);
  copy.set(value);
  return copy;
}

export function preconditionFailed(): Problem {
  return new Problem('precondition_failed', 'The entry changed, is missing, or is there already.');
}

export function tooManyWriters(): Problem {
  return new Problem('store_unavailable', 'Too many writers changed this entry at the same time.');
}
