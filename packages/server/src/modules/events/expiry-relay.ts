import { randomUUID } from 'node:crypto';
import { type Cache, LarderError } from '@larder/cache';
import type { Timers } from '../../timers.js';
import { inPortions } from './portions.js';
import { tenantOf } from './tenant-namespace.js';

export interface ExpiryRelayParts {
  /** The parent of every tenant's namespace. */
  readonly entries: Cache;
  /** The ends of all entries are told, each in one process. */
  readonly tellsExpiry: boolean;
  readonly timers: Timers;
  /** Entries have ended, as this process found, or another. */
  readonly heard: (tenant: string, keys: readonly string[]) => void;
  /** Another process found more than it could tell. */
  readonly missed: (tenant: string) => void;
  /** Entries have ended, and only this process was told. */
  readonly expired: (tenant: string, keys: readonly string[]) => void;
}

export interface ExpiryRelay {
  /** Does this process hear what others on the store do? False only where there are others, and no bus. */
  readonly hearsOthers: boolean;
  close(): Promise<void>;
}

/** `null` where there were too many keys. */
interface ExpiryMessage {
  readonly from: string;
  readonly tenant: string;
  readonly keys: readonly string[] | null;
}

const channel = 'expired';
const batchWindow = 20;
const keysPerBatch = 500;
/** When the bus did not take what was to be told. */
const pauseBeforeRetry = 1_000;
/** What waits for the bus, of one tenant. */
const mostWaiting = 10_000;
const bytesPerMessage = 32_768;

/**
 * An expiry is told in one process: this one tells it to the others. It listens whether or not anybody reads events,
 * because the store keeps what has ended until it was told.
 */
export function relayExpiries(parts: ExpiryRelayParts): ExpiryRelay {
  const { entries, tellsExpiry, timers, heard, missed, expired } = parts;
  const self = randomUUID();
  const ended = new Map<string, string[]>();
  const waiting = new Map<string, string[] | null>();
  let cancelTelling: (() => void) | undefined;
  let cancelRetry: (() => void) | undefined;
  let publishing: Promise<void> = Promise.resolve();

  const unsubscribe = subscribed(() =>
    entries.subscribe<ExpiryMessage>(channel, ({ from, tenant, keys }) => {
      if (from === self) return;
      if (keys === null) missed(tenant);
      else heard(tenant, keys);
    }),
  );
  const unlisten = tellsExpiry ? entries.on('expire', collect) : () => {};

  function collect({ namespace, key }: { readonly namespace: string; readonly key: string }): void {
    const tenant = tenantOf(namespace);
    if (tenant === undefined) return;
    const keys = ended.get(tenant);
    if (keys === undefined) ended.set(tenant, [key]);
    else keys.push(key);
    if (keys !== undefined && keys.length >= keysPerBatch) tell();
    else cancelTelling ??= timers.schedule(tell, batchWindow);
  }

  function tell(): void {
    cancelTelling?.();
    cancelTelling = undefined;
    for (const [tenant, keys] of ended) {
      heard(tenant, keys);
      expired(tenant, keys);
      if (unsubscribe !== undefined) waiting.set(tenant, joined(waiting.get(tenant), keys));
    }
    ended.clear();
    publish();
  }

  function publish(): void {
    publishing = publishing.then(publishAll).catch(() => {
      cancelRetry ??= timers.schedule(() => {
        cancelRetry = undefined;
        publish();
      }, pauseBeforeRetry);
    });
  }

  async function publishAll(): Promise<void> {
    for (const [tenant, keys] of [...waiting]) {
      waiting.delete(tenant);
      const portions = keys === null ? [null] : inPortions(keys, bytesPerMessage);
      for (const [at, portion] of portions.entries()) {
        try {
          await entries.publish(channel, { from: self, tenant, keys: portion } satisfies ExpiryMessage);
        } catch (error) {
          const untold = keys === null ? null : portions.slice(at).flatMap((rest) => rest ?? []);
          waiting.set(tenant, joined(untold, waiting.get(tenant) ?? []));
          throw error;
        }
      }
    }
  }

  return {
    hearsOthers: unsubscribe !== undefined,
    async close() {
      unlisten();
      tell();
      cancelRetry?.();
      cancelRetry = () => {};
      await publishing;
      unsubscribe?.();
    },
  };
}

function joined(before: string[] | null | undefined, keys: readonly string[] | null): string[] | null {
  if (before === null || keys === null) return null;
  const all = [...(before ?? []), ...keys];
  return all.length > mostWaiting ? null : all;
}

/** `undefined` where other processes share the store, and there is no bus that they could be heard by. */
function subscribed(subscribe: () => () => void): (() => void) | undefined {
  try {
    return subscribe();
  } catch (error) {
    if (error instanceof LarderError && error.code === 'LARDER_UNSUPPORTED_BY_STORE') return undefined;
    throw error;
  }
}
