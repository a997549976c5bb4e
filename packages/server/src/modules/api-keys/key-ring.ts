import { hash, timingSafeEqual } from 'node:crypto';
import type { Cache } from '@larder/cache';
import type { ServiceClock } from '../../service.js';
import type { Tenant } from '../../tenant.js';
import { apiKeyId, createApiKey } from './key-format.js';
import { createRecognisedKeys } from './recognised-keys.js';

/** What is kept of a key. Its expiry is the entry's; a revoked key has no record. */
interface ApiKeyRecord {
  readonly tenant: string;
  readonly sha256: string;
}

export interface KeyRing {
  /** Who the key belongs to, if it was found right a moment ago. */
  recognise(text: string): Tenant | undefined;
  /** Who the key belongs to; `undefined` for a key that is unknown, expired or revoked, which look the same. */
  authenticate(text: string): Tenant | Promise<Tenant | undefined>;
  isEmpty(): Promise<boolean>;
  /** Makes a key for the tenant and resolves with its text, which cannot be had again. */
  create(tenant: Tenant): Promise<string>;
}

interface KeyRingParts {
  /** Where the records are. */
  readonly control: Cache;
  readonly clock: ServiceClock;
  readonly tenants: ReadonlyMap<string, Tenant>;
  /** A key from the environment and whom it belongs to. It has no record. */
  readonly bootstrap: { readonly key: string; readonly tenant: Tenant } | undefined;
}

/** How long a key that was found is taken without asking the store: the longest that a revoked key still works. */
const recognisedFor = 5_000;
const recordPrefix = 'api-key/';
/** Compared with when there is no record, so that an unknown id takes as long as a wrong secret. */
const noDigest = hash('sha256', '');

/**
 * The store holds nothing but the SHA-256 of a key; 256 random bits need neither salt nor slowness. What was found
 * there is recognised for a while without hashing, by a comparison that takes the same time for every wrong secret.
 */
export function createKeyRing({ control, clock, tenants, bootstrap }: KeyRingParts): KeyRing {
  const recognised = createRecognisedKeys();
  if (bootstrap !== undefined) recognised.add(asFieldText(bootstrap.key), bootstrap.tenant, Number.POSITIVE_INFINITY);

  async function lookUp(text: string): Promise<Tenant | undefined> {
    const id = apiKeyId(text);
    if (id === undefined) return undefined;
    const record = await control.get<ApiKeyRecord>(recordPrefix + id);
    const isRight = timingSafeEqual(Buffer.from(hash('sha256', text)), Buffer.from(record?.sha256 ?? noDigest));
    const tenant = isRight && record !== undefined ? tenants.get(record.tenant) : undefined;
    if (tenant !== undefined) recognised.add(text, tenant, clock.now() + recognisedFor);
    return tenant;
  }

  const recognise = (text: string) => recognised.find(text, clock.now());

  return {
    recognise,
    authenticate: (text) => recognise(text) ?? lookUp(text),
    async isEmpty() {
      for await (const _key of control.keys({ prefix: recordPrefix })) return false;
      return true;
    },
    async create(tenant) {
      const { id, text } = createApiKey();
      const record: ApiKeyRecord = { tenant: tenant.id, sha256: hash('sha256', text) };
      await control.set(recordPrefix + id, record, { ttl: 'never' });
      return text;
    },
  };
}

/** Node reads field values as Latin-1; a key beyond ASCII arrives as its UTF-8 bytes read that way. */
function asFieldText(key: string): string {
  return Buffer.from(key, 'utf8').toString('latin1');
}
