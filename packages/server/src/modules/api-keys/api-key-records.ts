import { hash } from 'node:crypto';
import type { Cache, Millis } from '@larder/cache';
import { type ApiKey, createApiKey } from './key-format.js';
import { allScopes, type Scope } from './scopes.js';

/** What is kept of a key. A revoked key has no record. */
export interface ApiKeyRecord {
  readonly tenant: string;
  readonly name: string;
  readonly sha256: string;
  readonly scopes: readonly Scope[];
  readonly prefixes?: readonly string[];
  readonly createdAt: Millis;
  readonly expiresAt?: Millis;
  /** The id of the key that takes its place. */
  readonly rotatedTo?: string;
}

/** What a new key may do, as its maker says it. */
export type ApiKeyTerms = Pick<ApiKeyRecord, 'tenant' | 'name' | 'scopes'> &
  Pick<Partial<ApiKeyRecord>, 'prefixes' | 'expiresAt'>;

export interface NewApiKey {
  readonly id: string;
  /** The whole text, which cannot be had again. */
  readonly text: string;
  readonly record: ApiKeyRecord;
}

/** The API keys there are, in the control store, which holds nothing but their SHA-256. */
export interface ApiKeyRecords {
  get(id: string): Promise<ApiKeyRecord | undefined>;
  /** `made` is for those who have to know the id beforehand. */
  create(terms: ApiKeyTerms, now: Millis, made?: ApiKey): Promise<NewApiKey>;
  update(id: string, change: Pick<Partial<ApiKeyRecord>, 'expiresAt' | 'rotatedTo'>): Promise<ApiKeyRecord | undefined>;
  delete(id: string): Promise<boolean>;
  /** Those of one tenant, oldest first. */
  ofTenant(tenant: string): Promise<readonly { readonly id: string; readonly record: ApiKeyRecord }[]>;
  isEmpty(): Promise<boolean>;
}

const prefix = 'api-key/';

export function createApiKeyRecords(control: Cache): ApiKeyRecords {
  return {
    async get(id) {
      const record = await control.get<ApiKeyRecord>(prefix + id);
      return record && complete(record);
    },
    async create(terms, now, { id, text } = createApiKey()) {
      const record: ApiKeyRecord = { ...terms, sha256: hash('sha256', text), createdAt: now };
      await control.set(prefix + id, record, { ttl: 'never', indexes: { tenant: terms.tenant } });
      return { id, text, record };
    },
    update: (id, change) => control.update<ApiKeyRecord>(prefix + id, (record) => ({ ...complete(record), ...change })),
    delete: (id) => control.delete(prefix + id),
    async ofTenant(tenant) {
      const keys = await control.getKeysByIndex('tenant', tenant);
      const records = await control.getMany<ApiKeyRecord>(keys.filter((key) => key.startsWith(prefix)));
      return Array.from(records, ([key, record]) => ({ id: key.slice(prefix.length), record: complete(record) })).sort(
        (left, right) => left.record.createdAt - right.record.createdAt || (left.id < right.id ? -1 : 1),
      );
    },
    async isEmpty() {
      for await (const _key of control.keys({ prefix })) return false;
      return true;
    },
  };
}

/** Records of the version before name only the tenant and the digest: those keys were for everything. */
function complete(record: ApiKeyRecord): ApiKeyRecord {
  return { ...record, name: record.name ?? '', scopes: record.scopes ?? allScopes, createdAt: record.createdAt ?? 0 };
}
