import { type Cache, LarderError, type Millis } from '@larder/cache';
import type { ApiKeyRecord, ApiKeyRecords } from '../api-keys/api-key-records.js';

export interface KeyExpiryWatchParts {
  readonly control: Cache;
  readonly apiKeyRecords: Pick<ApiKeyRecords, 'ofTenant'>;
  readonly now: () => Millis;
  /** Is kept once, whatever becomes of the process that tells: `id` is the same at each attempt. */
  readonly tell: (tenant: string, data: unknown, id: string) => Promise<void>;
}

export type KeyExpiryState = 'expiring' | 'expired';

/** Told so long before the end of an API key. */
export const noticeBeforeEnd: Millis = 7 * 86_400_000;
/** What ended longer ago is not told: nobody was there to tell it. */
const noticeAfterEnd: Millis = 86_400_000;

export function expiryStateOf({ expiresAt }: Pick<ApiKeyRecord, 'expiresAt'>, now: Millis): KeyExpiryState | undefined {
  if (expiresAt === undefined || now < expiresAt - noticeBeforeEnd || now > expiresAt + noticeAfterEnd)
    return undefined;
  return now < expiresAt ? 'expiring' : 'expired';
}

/** Tells of the API keys of these tenants that end soon, or have ended; each once. One process at a time does. */
export async function tellOfKeyExpiry(tenants: readonly string[], parts: KeyExpiryWatchParts): Promise<void> {
  if (tenants.length === 0) return;
  try {
    await parts.control.lock('key-expiry', { ttl: '15s', wait: '0ms' }, async ({ signal }) => {
      for (const tenant of tenants) if (!signal.aborted) await tellOfTenant(tenant, parts);
    });
  } catch (error) {
    // Another process is at it.
    if (!(error instanceof LarderError) || error.code !== 'LARDER_LOCK_NOT_ACQUIRED') throw error;
  }
}

async function tellOfTenant(tenant: string, { control, apiKeyRecords, now, tell }: KeyExpiryWatchParts): Promise<void> {
  for (const { id, record } of await apiKeyRecords.ofTenant(tenant)) {
    const state = expiryStateOf(record, now());
    if (state === undefined || record.expiresAt === undefined) continue;
    const notice = `${id}-${state}-${record.expiresAt}`;
    if (await control.has(`key-expiry-told/${notice}`)) continue;
    const { name, expiresAt, rotatedTo = null } = record;
    await tell(
      tenant,
      { keyId: id, name, state, expiresAt: new Date(expiresAt).toISOString(), rotatedTo },
      `evt_${notice}`,
    );
    await control.set(`key-expiry-told/${notice}`, true, { ttl: '30d' });
  }
}
