import type { Store } from '@larder/cache';
import type { ServiceClock } from '../../service.js';
import { type Check, ok, reasonOf, warning } from './check.js';

const name = 'eviction';

/** Whether entries may vanish before their end: API keys and tenants with them. */
export async function checkEviction(store: Store, { now }: Pick<ServiceClock, 'now'>): Promise<Check> {
  if (store.capabilities.evicts === true) {
    const advice = 'Expect misses, and keep API keys and tenants in a store that keeps what it is given.';
    return warning(name, `${store.name} always evicts when its memory is full`, advice);
  }
  if (store.retention === undefined) return ok(name, `${store.name} keeps what it is given`);
  try {
    const { kind, policy } = await store.retention({ now: now() });
    if (kind === 'keeps') return ok(name, `none, as it is set up (${policy})`);
    if (kind === 'unknown') return warning(name, `${store.name} does not tell whether it evicts`, findOut);
    const advice =
      'API keys and tenants may vanish with the rest: set maxmemory-policy noeviction, or use a server of its own.';
    return warning(name, `${store.name} evicts when its memory is full (${policy})`, advice);
  } catch (error) {
    return warning(name, reasonOf(error), findOut);
  }
}

const findOut = 'Let the service ask (Redis: INFO), or make sure of maxmemory-policy yourself.';
