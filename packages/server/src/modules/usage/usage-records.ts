import type { Cache, Duration } from '@larder/cache';
import { type Day, keptDays } from './days.js';

/** What a tenant used, or what it used more than before. */
export interface Usage {
  readonly requests: number;
  readonly hits: number;
  readonly misses: number;
  readonly writes: number;
  readonly deletes: number;
  readonly bytesReceived: number;
  readonly bytesSent: number;
}

export const noUsage: Usage = Object.freeze({
  requests: 0,
  hits: 0,
  misses: 0,
  writes: 0,
  deletes: 0,
  bytesReceived: 0,
  bytesSent: 0,
});

/** What tenants used, one record a tenant and day, which all processes of the service add to. */
export interface UsageRecords {
  add(tenant: string, day: Day, usage: Usage): Promise<void>;
  /** Of those days on which there was any. */
  read(tenant: string, days: readonly Day[]): Promise<ReadonlyMap<Day, Usage>>;
}

const life: Duration = `${keptDays}d`;

export function createUsageRecords(control: Cache): UsageRecords {
  return {
    async add(tenant, day, usage) {
      const key = keyOf(tenant, day);
      // Two atomic steps: whichever process comes first makes the record.
      for (;;) {
        if ((await control.update<Usage>(key, (before) => sumOf(before, usage))) !== undefined) return;
        if (await control.add(key, usage, { ttl: life })) return;
      }
    },
    async read(tenant, days) {
      const found = await control.getMany<Usage>(days.map((day) => keyOf(tenant, day)));
      const byDay = new Map<Day, Usage>();
      for (const day of days) {
        const usage = found.get(keyOf(tenant, day));
        if (usage !== undefined) byDay.set(day, usage);
      }
      return byDay;
    },
  };
}

export function sumOf(one: Usage, other: Usage): Usage {
  return combined(one, other, 1);
}

export function differenceOf(now: Usage, before: Usage): Usage {
  return combined(now, before, -1);
}

export function isNoUsage(usage: Usage): boolean {
  return Object.values(usage).every((count) => count === 0);
}

function combined(one: Usage, other: Usage, sign: 1 | -1): Usage {
  return {
    requests: one.requests + sign * other.requests,
    hits: one.hits + sign * other.hits,
    misses: one.misses + sign * other.misses,
    writes: one.writes + sign * other.writes,
    deletes: one.deletes + sign * other.deletes,
    bytesReceived: one.bytesReceived + sign * other.bytesReceived,
    bytesSent: one.bytesSent + sign * other.bytesSent,
  };
}

/** Ids of tenants hold no slash. */
function keyOf(tenant: string, day: Day): string {
  return `usage/${tenant}/${day}`;
}
