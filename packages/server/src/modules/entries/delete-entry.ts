import { isUnconditional, type Preconditions, writeMayProceed } from '../../http/conditional.js';
import type { Tenant } from '../tenants/tenant.js';
import { preconditionFailed, tooManyWriters } from './write-entry.js';

/**
 * Resolves with whether there was an entry.
 *
 * @throws Problem `precondition_failed` if the conditions do not hold
 */
export async function deleteEntry(
  tenant: Tenant,
  key: string,
  conditions: Preconditions,
  attempts: number,
): Promise<boolean> {
  const removed = tenant.storage?.removing();
  const deleted = await conditionalDelete(tenant, key, conditions, attempts);
  if (!deleted) return false;
  tenant.counters.deletes++;
  removed?.(1, Buffer.byteLength(key));
  return true;
}

async function conditionalDelete(
  tenant: Tenant,
  key: string,
  conditions: Preconditions,
  attempts: number,
): Promise<boolean> {
  if (isUnconditional(conditions)) return tenant.entries.delete(key);
  for (let attempt = 0; attempt < attempts; attempt++) {
    const current = await tenant.current.getEntry(key);
    if (!writeMayProceed(conditions, current?.version)) throw preconditionFailed();
    if (current === undefined) return false;
    if (await tenant.entries.delete(key, { ifVersion: current.version })) return true;
  }
  throw tooManyWriters();
}
