import type { Cache } from '@larder/cache';
import { errorFields, type Logger } from '../../logger.js';
import type { ServiceClock } from '../../service.js';
import type { StoreAbilities } from '../../store-abilities.js';
import type { Metric } from '../stats/prometheus-text.js';
import { createStorageMeters, type StorageMeters } from '../storage/storage-meters.js';
import type { Tenant } from '../tenants/tenant.js';
import type { TenantMetering } from '../tenants/tenant-directory.js';
import { type DailyUsage, UsageBook } from '../usage/usage-book.js';
import { createUsageRecords } from '../usage/usage-records.js';
import { LimitCounts } from './limit-metrics.js';
import type { Policy } from './policy.js';
import { QuotaNotices, type TellQuota } from './quota-notices.js';
import { createSharedCounter } from './shared-counter.js';
import { type Refusal, TenantGate } from './tenant-gate.js';
import { WindowCounter } from './window-counter.js';
import { WindowLimiter } from './window-limiter.js';

/** What tenants use, and what holds them to their limits. */
export interface Metering extends TenantMetering {
  readonly abilities: StoreAbilities;
  readonly storage: StorageMeters;
  readonly usage: DailyUsage;
  metrics(): readonly Metric[];
  /** Begins to do in the background what is not done at requests. */
  start(): void;
  /** What `start` does again and again, once. */
  look(): void;
  /** Gives back what is reserved, and writes down what was used. */
  stop(): Promise<void>;
}

export interface MeteringParts {
  readonly control: Cache;
  readonly shared: Cache;
  readonly clock: ServiceClock;
  readonly logger: Logger;
  readonly abilities: StoreAbilities;
  readonly tellQuota: TellQuota;
}

const lookEvery = 250;
const tellStorageEvery = 1_000;
const flushUsageEvery = 2_000;

export function createMetering({ control, shared, clock, logger, abilities, tellQuota }: MeteringParts): Metering {
  const counts = new LimitCounts();
  const notices = new QuotaNotices({ tell: tellQuota, clock, failed: warn('a used up quota could not be told') });
  const sharedCounter = createSharedCounter(shared);
  const gates = new Map<Tenant, TenantGate>();
  const active = new Set<TenantGate>();
  const timers: NodeJS.Timeout[] = [];
  const usage = new UsageBook(createUsageRecords(control), clock, warn('usage could not be written down'));
  const storage = createStorageMeters({
    ...{ shared, clock, canList: abilities.list },
    onRefusal(tenant) {
      counts.refused('storage');
      notices.usedUp(tenant.id, 'storage');
    },
    onError: warn('what a tenant keeps could not be counted'),
  });

  function newGate(tenant: Tenant): TenantGate {
    const limiterOf = (policy: Policy) => {
      const counter = new WindowCounter(tenant.id, policy, sharedCounter);
      return new WindowLimiter({ policy, counter, clock, onFallback: () => counts.fallbacks++ });
    };
    const onRefusal = (reason: Refusal['reason']) => {
      counts.refused(reason);
      if (reason === 'daily') notices.usedUp(tenant.id, 'daily');
    };
    const gate = new TenantGate({ clock, limiterOf, onActive: (busy) => active.add(busy), onRefusal });
    gates.set(tenant, gate);
    return gate;
  }

  function look(): void {
    for (const gate of active) if (!gate.look()) active.delete(gate);
  }

  function every(milliseconds: number, task: () => void): void {
    timers.push(setInterval(task, milliseconds).unref());
  }

  function warn(message: string): (error: unknown) => void {
    return (error) => logger.warn(message, errorFields(error));
  }

  return {
    abilities,
    storage,
    usage,
    look,
    metrics: () => counts.metrics(),
    follow: (tenant) => usage.follow(tenant),
    gateOf(tenant) {
      const { burst, daily, concurrency } = tenant.limits;
      const isLimited = burst !== null || daily !== null || concurrency !== null;
      const gate = gates.get(tenant) ?? (isLimited ? newGate(tenant) : undefined);
      gate?.setLimits(tenant.limits);
      return isLimited ? gate : undefined;
    },
    storageOf: (tenant) => storage.meterOf(tenant),
    start() {
      every(lookEvery, look);
      every(tellStorageEvery, () => void storage.tell());
      every(flushUsageEvery, () => void usage.flush());
    },
    async stop() {
      for (const timer of timers) clearInterval(timer);
      await Promise.all([...gates.values()].map((gate) => gate.close()));
      await storage.tell();
      await usage.flush();
    },
  };
}
