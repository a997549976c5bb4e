import type { Cache, Millis } from '@larder/cache';
import type { Timers } from '../../timers.js';
import { defaultEventLimits, type EventLimits } from './event-limits.js';
import { EventLogs } from './event-logs.js';
import { EventStream, type EventStreamParts } from './event-stream.js';
import { relayExpiries } from './expiry-relay.js';
import { beginningAfter } from './resume.js';

export interface TenantEventsParts {
  /** The parent of every tenant's namespace. */
  readonly entries: Cache;
  /** The ends of all entries are told, each in one process. */
  readonly tellsExpiry: boolean;
  /** Is told of the ends of entries in the one process that was told itself. */
  readonly expired: (tenant: string, keys: readonly string[]) => void;
  readonly timers: Timers;
  readonly limits?: Partial<EventLimits>;
}

type StreamRequest = Pick<EventStreamParts, 'response' | 'whenOver' | 'reaches' | 'isAllowed'> & {
  readonly tenant: string;
  readonly lastEventId: string | undefined;
  readonly heartbeat: Millis | undefined;
};

/** What happens to the entries of tenants, for those who listen. */
export interface TenantEvents {
  /** Have as many readers come to this tenant as this process takes? */
  isFull(tenant: string): boolean;
  stream(request: StreamRequest): void;
  /** They go on elsewhere. */
  endStreams(): void;
  /** From `endStreams` on. */
  readonly haveEnded: boolean;
  close(): Promise<void>;
}

export function createTenantEvents({
  entries,
  tellsExpiry,
  expired,
  timers,
  ...given
}: TenantEventsParts): TenantEvents {
  const limits = { ...defaultEventLimits, ...given.limits };
  const logs = new EventLogs({ entries, limits, timers });
  let haveEnded = false;
  const streams = new Set<EventStream>();
  const relay = relayExpiries({
    entries,
    tellsExpiry,
    timers,
    heard: (tenant, keys) => logs.expired(tenant, keys),
    missed: (tenant) => logs.missed(tenant),
    expired,
  });
  return {
    isFull: (tenant) => logs.readersOf(tenant) >= limits.streamsPerTenant,
    stream({ tenant, lastEventId, heartbeat = limits.heartbeat, response, ...request }) {
      const reader = logs.read(tenant);
      const { stallTimeout } = limits;
      const covers = relay.hearsOthers ? 'all' : 'node';
      const beginning = beginningAfter(reader.log, lastEventId);
      const stream = new EventStream({
        ...request,
        response,
        reader,
        beginning,
        covers,
        heartbeat,
        stallTimeout,
        timers,
      });
      streams.add(stream);
      request.whenOver(() => streams.delete(stream));
    },
    get haveEnded() {
      return haveEnded;
    },
    endStreams() {
      haveEnded = true;
      for (const stream of streams) stream.end();
    },
    async close() {
      logs.close();
      await relay.close();
    },
  };
}
