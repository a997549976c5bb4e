import { randomInt } from 'node:crypto';
import type { Cache, Millis } from '@larder/cache';
import type { ServiceClock } from '../../service.js';
import type { AuditAction, AuditTarget } from './audit-actions.js';
import { createAuditIds, timeOfAuditId } from './audit-ids.js';

export interface AuditRecord {
  readonly id: string;
  readonly at: string;
  readonly actor: { readonly tenant: string; readonly keyId: string };
  readonly action: AuditAction;
  readonly target: AuditTarget;
  /** The one in the service's log. */
  readonly requestId: string;
}

export interface AuditQuery {
  /** What was done to this tenant and what belongs to it. */
  readonly tenant: string | undefined;
  readonly action: AuditAction | undefined;
  /** The id of the last record that was seen. */
  readonly cursor: string | undefined;
  readonly limit: number;
}

export interface AuditPage {
  readonly records: readonly AuditRecord[];
  readonly cursor: string | undefined;
}

/** What admins did in the last 90 days, in the control store. */
export interface AuditLog {
  /** Resolves with its id, once the store has it. */
  add(record: Omit<AuditRecord, 'id' | 'at'>): Promise<string>;
  withdraw(id: string): Promise<void>;
  /** Newest first. */
  page(query: AuditQuery): Promise<AuditPage>;
}

const prefix = 'audit/';
/** Stores list by an index term, and in no order: a week is little enough to sort, and 90 days are few weeks. */
const indexName = 'audit';
const weekMillis = 7 * 86_400_000;
const keptMillis = 90 * 86_400_000;
const recordsPerRead = 100;

interface AuditLogParts {
  readonly control: Cache;
  readonly clock: Pick<ServiceClock, 'now'>;
  readonly randomDigits?: (length: number) => string;
}

export function createAuditLog({ control, clock, randomDigits = digitsOfBase36 }: AuditLogParts): AuditLog {
  const nextId = createAuditIds(randomDigits);

  async function* newestFirst(before: string | undefined): AsyncGenerator<AuditRecord> {
    const now = clock.now();
    // Processes whose clocks are ahead may have begun the next week.
    const newest = weekOf(Math.min(now + weekMillis, before === undefined ? now + weekMillis : timeOfAuditId(before)));
    for (let week = newest; week >= weekOf(now - keptMillis); week--) {
      const ids = (await idsOf(week)).filter((id) => before === undefined || id < before);
      for (let at = 0; at < ids.length; at += recordsPerRead) {
        yield* await read(ids.slice(at, at + recordsPerRead));
      }
    }
  }

  async function idsOf(week: number): Promise<string[]> {
    const keys = new Set(await control.getKeysByIndex(indexName, String(week)));
    return Array.from(keys, (key) => key.slice(prefix.length))
      .sort()
      .reverse();
  }

  async function read(ids: readonly string[]): Promise<AuditRecord[]> {
    const records = await control.getMany<AuditRecord>(ids.map((id) => prefix + id));
    return ids.flatMap((id) => records.get(prefix + id) ?? []);
  }

  return {
    async add(record) {
      const now = clock.now();
      const id = nextId(now);
      const whole: AuditRecord = { id, at: new Date(now).toISOString(), ...record };
      const indexes = { [indexName]: String(weekOf(timeOfAuditId(id))) };
      await control.set(prefix + id, whole, { ttl: '90d', indexes });
      return id;
    },
    async withdraw(id) {
      await control.delete(prefix + id);
    },
    async page({ tenant, action, cursor, limit }) {
      const records: AuditRecord[] = [];
      for await (const record of newestFirst(cursor)) {
        if (tenant !== undefined && record.target.tenant !== tenant) continue;
        if (action !== undefined && record.action !== action) continue;
        if (records.length === limit) return { records, cursor: records.at(-1)?.id };
        records.push(record);
      }
      return { records, cursor: undefined };
    },
  };
}

function weekOf(time: Millis): number {
  return Math.floor(time / weekMillis);
}

function digitsOfBase36(length: number): string {
  return Array.from({ length }, () => randomInt(36).toString(36)).join('');
}
