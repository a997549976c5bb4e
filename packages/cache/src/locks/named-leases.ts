import type { LeaseAnswer, Leases, NamedLeases } from '../contracts/lease.js';
import type { Duration } from '../contracts/time.js';
import { InvalidOptionError, StoreError } from '../errors.js';
import { checkKey } from '../keys/check-key.js';
import { leaseLife } from '../options/lock-options.js';

interface NamedLeasesParts {
  readonly leases: Leases;
  /** What every call of the cache begins with. */
  readonly begin: () => Promise<void> | undefined;
  readonly storeFailed: (error: StoreError) => void;
}

const longestHolder = 512;

/** `cache.leases`: the rights of one namespace, under names of their own among all that uses leases. */
export function namedLeases({ leases, begin, storeFailed }: NamedLeasesParts): NamedLeases {
  async function told<T>(call: () => Promise<T>): Promise<T> {
    await begin();
    try {
      return await call();
    } catch (error) {
      if (error instanceof StoreError) storeFailed(error);
      throw error;
    }
  }

  return {
    async take(name: string, holder: string, ttl: Duration): Promise<LeaseAnswer> {
      const life = leaseLife(ttl);
      return told(() => leases.take(leaseNamed(name), checkedHolder(holder), life));
    },
    async extend(name, holder, ttl) {
      const life = leaseLife(ttl);
      return told(() => leases.extend(leaseNamed(name), checkedHolder(holder), life));
    },
    async release(name, holder) {
      return told(() => leases.release(leaseNamed(name), checkedHolder(holder)));
    },
  };
}

function leaseNamed(name: string): string {
  checkKey(name);
  return `named:${name}`;
}

function checkedHolder(holder: unknown): string {
  const isUsable = typeof holder === 'string' && holder !== '' && holder.length <= longestHolder;
  if (isUsable && holder.isWellFormed()) return holder;
  throw new InvalidOptionError(
    `holder must be text of 1 to ${longestHolder} characters that nobody else uses: write randomUUID().`,
  );
}
