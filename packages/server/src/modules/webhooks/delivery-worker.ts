import { type Cache, LarderError, type Millis } from '@larder/cache';
import type { Timers } from '../../timers.js';
import { type DeliveryPassParts, deliverAllDue } from './delivery-pass.js';

export interface DeliveryWorkerParts extends DeliveryPassParts {
  readonly control: Cache;
  readonly timers: Timers;
  readonly failed: (error: unknown) => void;
}

/** Delivers what is queued, each webhook in one process at a time. */
export interface DeliveryWorker {
  /** There is, or may be, something to deliver to this webhook. */
  wake(webhook: string): void;
  /** Gives up what is being sent: it stays in the queue. */
  close(): Promise<void>;
}

/** Others may deliver so long after the death of the process that does. It is extended for as long as that goes on. */
const leaseLife = '15s';
const pauseAfterFailure: Millis = 5_000;

export function createDeliveryWorker({ control, timers, failed, ...parts }: DeliveryWorkerParts): DeliveryWorker {
  const closing = new AbortController();
  const running = new Map<string, { again: boolean; done: Promise<void> }>();
  const later = new Map<string, () => void>();

  function wake(webhook: string): void {
    if (closing.signal.aborted) return;
    later.get(webhook)?.();
    later.delete(webhook);
    const current = running.get(webhook);
    if (current !== undefined) {
      // It may have looked already.
      current.again = true;
      return;
    }
    const pass = { again: false, done: Promise.resolve() };
    running.set(webhook, pass);
    pass.done = run(webhook).then((pause) => {
      running.delete(webhook);
      if (pass.again) wake(webhook);
      else if (pause !== undefined && !closing.signal.aborted)
        later.set(
          webhook,
          timers.schedule(() => wake(webhook), pause),
        );
    });
  }

  async function run(webhook: string): Promise<Millis | undefined> {
    try {
      return await control.lock(
        `webhook/${webhook}`,
        { ttl: leaseLife, wait: '0ms', signal: closing.signal },
        ({ signal }) => deliverAllDue(webhook, signal, parts),
      );
    } catch (error) {
      if (closing.signal.aborted) return undefined;
      // Somebody else delivers. Should that process die, the next look at all queues finds what is left.
      if (error instanceof LarderError && error.code === 'LARDER_LOCK_NOT_ACQUIRED') return undefined;
      failed(error);
      return pauseAfterFailure;
    }
  }

  return {
    wake,
    async close() {
      closing.abort();
      for (const cancel of later.values()) cancel();
      later.clear();
      await Promise.all([...running.values()].map(({ done }) => done));
    },
  };
}
