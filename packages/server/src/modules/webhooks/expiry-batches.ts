import type { Millis } from '@larder/cache';
import type { Timers } from '../../timers.js';

export interface ExpiryBatchesParts {
  readonly timers: Timers;
  readonly isWanted: (tenant: string) => boolean;
  /** Resolves once it is kept where it outlives the process. What is told again has the same id. */
  readonly tell: (tenant: string, keys: readonly string[], id: string) => Promise<void>;
  readonly newId: () => string;
  readonly failed: (error: unknown) => void;
  readonly lost: (keys: number) => void;
}

interface Portion {
  readonly tenant: string;
  readonly keys: readonly string[];
  readonly id: string;
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

export function createExpiryBatches({
  timers,
  isWanted,
  tell,
  newId,
  failed,
  lost,
}: ExpiryBatchesParts): ExpiryBatches {
  const waiting = new Map<string, string[]>();
  let portion: Portion | undefined;
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
    if (portion !== undefined) await tellPortion(portion);
    for (const [tenant, keys] of waiting) {
      while (keys.length > 0) await tellPortion({ tenant, keys: keys.splice(0, keysPerDelivery), id: newId() });
      waiting.delete(tenant);
    }
  }

  /** It stays as it is until all who want it have it: some may have got it before the others could not. */
  async function tellPortion(next: Portion): Promise<void> {
    portion = next;
    await tell(next.tenant, next.keys, next.id);
    portion = undefined;
  }

  return {
    expired(tenant, keys) {
      if (!isWanted(tenant)) return;
      const waits = waiting.get(tenant) ?? [];
      waiting.set(tenant, waits);
      const inPortion = portion?.tenant === tenant ? portion.keys.length : 0;
      const room = mostWaiting - waits.length - inPortion;
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
