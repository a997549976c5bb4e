import { randomBytes } from 'node:crypto';
import type { Cache } from '@larder/cache';
import type { Timers } from '../../timers.js';
import type { EventLimits } from './event-limits.js';
import { EventLog } from './event-log.js';
import { tenantOf } from './tenant-namespace.js';

export interface EventLogsParts {
  /** The parent of every tenant's namespace. */
  readonly entries: Cache;
  readonly limits: EventLimits;
  readonly timers: Timers;
}

export interface LogReader {
  readonly log: EventLog;
  /** The log is forgotten a while after its last reader has left. */
  leave(): void;
}

interface KeptLog {
  readonly log: EventLog;
  readers: number;
  cancelEnd: () => void;
}

/** Calls of the cache that change nothing: what they fail with leaves nothing in doubt. */
const harmlessOperations: ReadonlySet<string> = new Set(['get', 'keys', 'prune', 'expire', 'time', 'lock']);

/** The events of the tenants that somebody reads, or read a short time ago. Those of others cost nothing. */
export class EventLogs {
  readonly #parts: EventLogsParts;
  readonly #logs = new Map<string, KeptLog>();
  readonly #room = { bytes: 0 };
  #stopListening: readonly (() => void)[] = [];

  constructor(parts: EventLogsParts) {
    this.#parts = parts;
  }

  readersOf(tenant: string): number {
    return this.#logs.get(tenant)?.readers ?? 0;
  }

  read(tenant: string): LogReader {
    const kept = this.#logs.get(tenant) ?? this.#begin(tenant);
    kept.readers++;
    kept.cancelEnd();
    let isReading = true;
    return {
      log: kept.log,
      leave: () => {
        if (!isReading) return;
        isReading = false;
        if (--kept.readers > 0) return;
        kept.cancelEnd = this.#parts.timers.schedule(() => this.#end(tenant), this.#parts.limits.keptWithoutReader);
      },
    };
  }

  expired(tenant: string, keys: readonly string[]): void {
    this.#logs.get(tenant)?.log.keys('expire', keys);
  }

  missed(tenant: string): void {
    this.#logs.get(tenant)?.log.reset();
  }

  close(): void {
    for (const [tenant, { cancelEnd }] of [...this.#logs]) {
      cancelEnd();
      this.#end(tenant);
    }
  }

  #begin(tenant: string): KeptLog {
    const { limits, timers } = this.#parts;
    const name = randomBytes(9).toString('base64url').replaceAll('-', '.');
    const kept = { log: new EventLog({ name, limits, room: this.#room, timers }), readers: 0, cancelEnd: () => {} };
    if (this.#logs.size === 0) this.#stopListening = this.#listen();
    this.#logs.set(tenant, kept);
    return kept;
  }

  #end(tenant: string): void {
    this.#logs.get(tenant)?.log.close();
    this.#logs.delete(tenant);
    if (this.#logs.size > 0) return;
    for (const stop of this.#stopListening) stop();
    this.#stopListening = [];
  }

  #listen(): readonly (() => void)[] {
    const { entries } = this.#parts;
    return [
      ...(['set', 'touch', 'delete'] as const).map((type) =>
        entries.on(type, ({ namespace, key }) => this.#of(namespace)?.keys('change', [key])),
      ),
      entries.on('changed-elsewhere', ({ namespace, keys }) => this.#of(namespace)?.keys('change', keys)),
      ...(['invalidate-tags', 'invalidated-elsewhere'] as const).map((type) =>
        entries.on(type, ({ namespace, tags, remove }) =>
          this.#of(namespace)?.tell({ type: 'invalidate-tags', tags, remove }),
        ),
      ),
      ...(['clear', 'cleared-elsewhere'] as const).map((type) =>
        entries.on(type, ({ namespace }) => this.#of(namespace)?.tell({ type: 'clear' })),
      ),
      // The store may have done it all the same.
      entries.on('store-error', ({ namespace, operation }) => {
        if (!harmlessOperations.has(operation)) this.#of(namespace)?.reset();
      }),
      entries.on('memory-doubted', () => {
        for (const { log } of this.#logs.values()) log.reset();
      }),
    ];
  }

  #of(namespace: string): EventLog | undefined {
    const tenant = tenantOf(namespace);
    return tenant === undefined ? undefined : this.#logs.get(tenant)?.log;
  }
}
