import type { Cache, Duration } from '@larder/cache';
import {
  type Census,
  noChanges,
  type StorageAccount,
  type StorageChanges,
  type UntoldChanges,
  withUntold,
} from './storage-account.js';

/** The accounts of all tenants, one record each, which all processes of the service change. */
export interface StorageRecords {
  get(tenant: string): Promise<StorageAccount | undefined>;
  /** Resolves with the account afterwards. */
  addChanges(tenant: string, untold: UntoldChanges): Promise<StorageAccount>;
  /** `before`: the sums of the account when the census began. */
  addCensus(tenant: string, counted: Omit<Census, 'covered'>, before: StorageChanges): Promise<StorageAccount>;
}

/** An account that was lost is made anew by a census. */
const life: Duration = '30d';
const emptyAccount: StorageAccount = Object.freeze({ changes: noChanges, census: null });

export function createStorageRecords(shared: Cache): StorageRecords {
  async function change(tenant: string, to: (account: StorageAccount) => StorageAccount): Promise<StorageAccount> {
    const key = `storage/${tenant}`;
    for (;;) {
      const changed = await shared.update<StorageAccount>(key, to);
      if (changed !== undefined) return changed;
      const first = to(emptyAccount);
      if (await shared.add(key, first, { ttl: life })) return first;
    }
  }

  return {
    get: (tenant) => shared.get<StorageAccount>(`storage/${tenant}`),
    addChanges: (tenant, untold) => change(tenant, (account) => withUntold(account, untold)),
    addCensus: (tenant, counted, before) =>
      change(tenant, ({ changes }) => {
        const { removedEntries, removedBytes } = changes;
        return { changes, census: { ...counted, covered: { ...before, removedEntries, removedBytes } } };
      }),
  };
}
