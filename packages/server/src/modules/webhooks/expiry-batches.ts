import type { Millis } from '@larder/cache';
import type { Timers } from '../../timers.js';

export interface ExpiryBatchesParts {
  readonly timers: Timers;
  readonly isWanted: (tenant: string) => boolean;
  /** Resolves once it is kept where it outlives the process. */
  readonly tell: (tenant: string, keys: readonly string[]) => Promise<void>;
  readonly failed: (error: unknown) => void;
  readonly lost: (keys: number) => void;
}

/** Many expiries become few deliveries. What waits here is lost if the process is killed. */
export interface ExpiryBatches {
  expired(tenant: string, keys: readonly string[]): void;
  close(): Promise<void>;
}

const batchWindow: Millis = 1_000;
const keysPerDelivery = 100;
/** Of one tenant, while they cannot be kept. */
const mostWaiting = 10_000;

export function createExpiryBatches({ timers, isWanted, tell, failed, lost }: ExpiryBatchesParts): ExpiryBatches {
  const waiting = new Map<string, string[]>();
  let cancelFlush: (() => void) | undefined;
  let flushing: Promise<void> = Promise.resolve();

  function flush(): void {
    cancelFlush = undefined;
    flushing = flushing.then(flushAll).catch((error) => {
      failed(error);
      cancelFlush ??= timers.schedule(flush, batchWindow);
    });
  }

  async function flushAll(): Promise<void> {
    for (const [tenant, keys] of waiting) {
      while (keys.length > 0) {
        await tell(tenant, keys.slice(0, keysPerDelivery));
        keys.splice(0, keysPerDelivery);
      }
      waiting.delete(tenant);
    }
  }

  return {
    expired(tenant, keys) {
      if (!isWanted(tenant)) return;
      const waits = waiting.get(tenant) ?? [];
      waiting.set(tenant, waits);
      const room = mostWaiting - waits.length;
      waits.push(...keys.slice(0, room));
      if (keys.length > room) lost(keys.length - room);
      cancelFlush ??= timers.schedule(flush, batchWindow);
    },
    async close() {
      cancelFlush?.();
      cancelFlush = () => {};
      await flushing;
      await flushAll().catch(failed);
    },
  };
}
