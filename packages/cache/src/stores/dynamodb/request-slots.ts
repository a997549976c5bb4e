import { ClosedError, StoreError } from '../../errors.js';
import { storeName } from './dynamo-errors.js';
import { onAbort } from './on-abort.js';

/** Just below the AWS SDK's own limit of 50 connections, behind which it would queue without end. */
const slots = 48;
/** Bounds every queue of the store. */
export const longestQueue = 100_000;

/** Lets so many requests out at a time; the others wait, and leave the queue when nobody waits for them any more. */
export interface RequestSlots {
  run<Result>(work: () => Promise<Result>, signal: AbortSignal | undefined): Promise<Result>;
  /** Resolves when a request could go out at once. */
  room(): Promise<void>;
  /** Refuses all who wait, and whoever comes. */
  close(): void;
}

interface Waiting {
  readonly go: () => void;
  readonly refuse: (reason: unknown) => void;
}

export function requestSlots(): RequestSlots {
  const waiting = new Set<Waiting>();
  let free = slots;
  let roomy: (() => void)[] = [];
  let closed = false;

  function enter(signal: AbortSignal | undefined): Promise<void> {
    if (closed) return Promise.reject(new ClosedError());
    if (free > 0) {
      free -= 1;
      return Promise.resolve();
    }
    if (waiting.size >= longestQueue) return Promise.reject(tooManyWait());
    return new Promise((resolve, reject) => {
      const leave = () => {
        waiting.delete(place);
        forget();
      };
      const place: Waiting = {
        go: () => {
          leave();
          resolve();
        },
        refuse: (reason) => {
          leave();
          reject(reason);
        },
      };
      waiting.add(place);
      const forget = onAbort(signal, () => place.refuse(signal?.reason));
    });
  }

  function leave(): void {
    const [next] = waiting;
    if (next !== undefined) {
      next.go();
      return;
    }
    free += 1;
    const those = roomy;
    roomy = [];
    for (const resolve of those) resolve();
  }

  return {
    async run(work, signal) {
      signal?.throwIfAborted();
      await enter(signal);
      try {
        return await work();
      } finally {
        leave();
      }
    },
    async room() {
      if (free === 0 && !closed) await new Promise<void>((resolve) => roomy.push(resolve));
    },
    close() {
      closed = true;
      for (const each of waiting) each.refuse(new ClosedError());
      for (const resolve of roomy) resolve();
    },
  };
}

export function tooManyWait(): StoreError {
  return new StoreError(storeName, `${longestQueue} requests wait for DynamoDB already: this one was not made.`);
}
