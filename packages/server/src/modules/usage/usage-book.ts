import type { ServiceClock } from '../../service.js';
import type { Tenant } from '../tenants/tenant.js';
import { type Day, dayAt } from './days.js';
import { differenceOf, isNoUsage, noUsage, type Usage, type UsageRecords } from './usage-records.js';

export interface DailyUsage {
  /** Of each of these days, with what this process has not written down yet. */
  of(tenant: string, days: readonly Day[]): Promise<readonly (Usage & { readonly day: Day })[]>;
}

/** Writes down what the tenants of this process used since it did so before. */
export class UsageBook implements DailyUsage {
  readonly #records: UsageRecords;
  readonly #clock: ServiceClock;
  readonly #onError: (error: unknown) => void;
  readonly #written = new Map<Tenant, Usage>();
  #flush: Promise<void> | undefined;

  constructor(records: UsageRecords, clock: ServiceClock, onError: (error: unknown) => void) {
    this.#records = records;
    this.#clock = clock;
    this.#onError = onError;
  }

  follow(tenant: Tenant): void {
    if (!this.#written.has(tenant)) this.#written.set(tenant, noUsage);
  }

  /** Never rejects: what could not be written down is tried again the next time. */
  async flush(): Promise<void> {
    // One after the other: two at once would write the same twice.
    while (this.#flush !== undefined) await this.#flush;
    this.#flush = this.#writeAll().finally(() => {
      this.#flush = undefined;
    });
    await this.#flush;
  }

  async of(tenant: string, days: readonly Day[]): Promise<readonly (Usage & { readonly day: Day })[]> {
    await this.flush();
    const byDay = await this.#records.read(tenant, days);
    return days.map((day) => ({ day, ...(byDay.get(day) ?? noUsage) }));
  }

  async #writeAll(): Promise<void> {
    const day = dayAt(this.#clock.now());
    const changed = [...this.#written].filter(([tenant, before]) => !isNoUsage(differenceOf(usageOf(tenant), before)));
    await Promise.all(changed.map(([tenant, before]) => this.#write(tenant, day, before)));
  }

  async #write(tenant: Tenant, day: Day, before: Usage): Promise<void> {
    const now = usageOf(tenant);
    try {
      await this.#records.add(tenant.id, day, differenceOf(now, before));
      this.#written.set(tenant, now);
    } catch (error) {
      this.#onError(error);
    }
  }
}

function usageOf({ counters, traffic }: Tenant): Usage {
  const { hits, misses, writes, deletes } = counters;
  return { ...traffic, hits, misses, writes, deletes };
}
