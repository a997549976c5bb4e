import type { Entry } from '@larder/cache';
import { isUnconditional, type Preconditions, writeMayProceed } from '../../http/conditional.js';
import { Problem } from '../../http/problem.js';
import type { Limits } from '../../limits.js';
import type { Tenant } from '../tenants/tenant.js';
import { mergePatch } from './merge-patch.js';
import { preconditionFailed, tooManyWriters } from './write-entry.js';

const strictText = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Merges a patch into a value that is JSON text, atomically; type, life, tags and terms stay. Resolves with the entry
 * after that; `undefined` if there is none.
 *
 * @param patch - JSON text that `JSON.parse` accepts
 * @throws Problem `precondition_failed`, `not_json`, `value_too_large`, `storage_quota`
 */
export async function mergeIntoEntry(
  tenant: Tenant,
  key: string,
  patch: string,
  conditions: Preconditions,
  limits: Pick<Limits, 'valueBytes' | 'writeAttempts'>,
): Promise<Entry<Uint8Array> | undefined> {
  const { storage } = tenant;
  // A merge adds no more than what the patch says.
  const growth = Buffer.byteLength(patch);
  if (storage !== undefined) await storage.admitGrowth(growth);
  const merged = await conditionalMerge(tenant, key, patch, conditions, limits);
  if (merged === undefined) return undefined;
  tenant.counters.writes++;
  storage?.grew(growth);
  return merged;
}

async function conditionalMerge(
  tenant: Tenant,
  key: string,
  patch: string,
  conditions: Preconditions,
  { valueBytes, writeAttempts }: Pick<Limits, 'valueBytes' | 'writeAttempts'>,
): Promise<Entry<Uint8Array> | undefined> {
  const merge = (value: Uint8Array) => bytesOf(mergePatch(jsonTextIn(value), patch), valueBytes);
  if (isUnconditional(conditions)) return tenant.entries.updateEntry(key, merge);
  for (let attempt = 0; attempt < writeAttempts; attempt++) {
    const current = await tenant.current.getEntry(key);
    if (current === undefined) return undefined;
    const { version } = current;
    if (!writeMayProceed(conditions, version)) throw preconditionFailed();
    // If another write came in between, the conditions are about that one now.
    const merged = await tenant.entries.updateEntry(key, merge, { ifVersion: version });
    if (merged !== undefined) return merged;
  }
  throw tooManyWriters();
}

/** The bytes alone say whether a value is JSON, whatever type it was written with. */
function jsonTextIn(value: Uint8Array): string {
  try {
    const text = strictText.decode(value);
    JSON.parse(text);
    return text;
  } catch {
    throw new Problem('not_json', 'The value is not JSON in UTF-8 (RFC 8259), so that nothing can be merged into it.');
  }
}

function bytesOf(text: string, most: number): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  if (bytes.byteLength <= most) return bytes;
  throw new Problem('value_too_large', `The value would have more than ${most} bytes.`);
}
