import { hash, timingSafeEqual } from 'node:crypto';
import type { Millis } from '@larder/cache';
import type { ServiceClock } from '../../service.js';
import type { Tenant } from '../tenants/tenant.js';
import type { TenantDirectory } from '../tenants/tenant-directory.js';
import type { ApiKeyRecords } from './api-key-records.js';
import { type Caller, everyScope } from './caller.js';
import { apiKeyId } from './key-format.js';
import { createRecognisedKeys } from './recognised-keys.js';

/** Says who presents an API key. */
export interface KeyRing {
  /** Who the key belongs to, if it was found right a moment ago. */
  recognise(text: string, now: Millis): Caller | undefined;
  /** Who the key belongs to; `undefined` for a key that is unknown, expired or revoked, which look the same. */
  authenticate(text: string): Caller | Promise<Caller | undefined>;
  /** The record of this key was changed or removed: what is known of it counts no more, nor what is being read. */
  forget(id: string): void;
}

interface KeyRingParts {
  readonly records: Pick<ApiKeyRecords, 'get'>;
  readonly clock: ServiceClock;
  readonly tenants: Pick<TenantDirectory, 'load'>;
  /** A key from the environment and whom it belongs to. It has no record. */
  readonly bootstrap: { readonly key: string; readonly tenant: Tenant } | undefined;
}

/** How long a key that was found is taken without asking the store: the longest that one revoked elsewhere still works. */
const recognisedFor = 5_000;
/** Compared with when there is no record, so that an unknown id takes as long as a wrong secret. */
const noDigest = hash('sha256', '');

/**
 * The store holds nothing but the SHA-256 of a key; 256 random bits need neither salt nor slowness. What was found
 * there is recognised for a while without hashing, by a comparison that takes the same time for every wrong secret.
 */
export function createKeyRing({ records, clock, tenants, bootstrap }: KeyRingParts): KeyRing {
  const recognised = createRecognisedKeys();
  /** How often `forget` was called: what was read before the last call may be what was revoked. */
  let forgotten = 0;
  if (bootstrap !== undefined) {
    const caller = { tenant: bootstrap.tenant, keyId: 'bootstrap', scopes: everyScope, prefixes: undefined };
    recognised.add(asFieldText(bootstrap.key), caller, Number.POSITIVE_INFINITY);
  }

  async function lookUp(text: string): Promise<Caller | undefined> {
    const id = apiKeyId(text);
    if (id === undefined) return undefined;
    for (;;) {
      const before = forgotten;
      const found = await read(id, text);
      // Revoked while it was read: what was read may be from before.
      if (before !== forgotten) continue;
      if (found !== undefined) recognised.add(text, found.caller, Math.min(clock.now() + recognisedFor, found.until));
      return found?.caller;
    }
  }

  async function read(id: string, text: string): Promise<{ caller: Caller; until: number } | undefined> {
    const record = await records.get(id);
    const isRight = timingSafeEqual(Buffer.from(hash('sha256', text)), Buffer.from(record?.sha256 ?? noDigest));
    const until = record?.expiresAt ?? Number.POSITIVE_INFINITY;
    if (!isRight || record === undefined || clock.now() >= until) return undefined;
    const tenant = await tenants.load(record.tenant);
    if (tenant === undefined) return undefined;
    return { caller: { tenant, keyId: id, scopes: new Set(record.scopes), prefixes: record.prefixes }, until };
  }

  return {
    recognise: (text, now) => recognised.find(text, now),
    authenticate: (text) => recognised.find(text, clock.now()) ?? lookUp(text),
    forget(id) {
      forgotten++;
      recognised.forget(id);
    },
  };
}

/** Node reads field values as Latin-1; a key beyond ASCII arrives as its UTF-8 bytes read that way. */
function asFieldText(key: string): string {
  return Buffer.from(key, 'utf8').toString('latin1');
}
