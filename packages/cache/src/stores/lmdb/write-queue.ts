import { ClosedError } from '../../errors.js';
import { isDiskFailure, isFull, toStoreErrorAfterWrite } from './lmdb-errors.js';
import type { Environment, Tables } from './open-environment.js';

/** How long one transaction works on the main thread before it commits what it has and leaves the rest to the next. */
const millisecondsPerTransaction = 8;

/** Answers whether the running transaction has used up its time: long steps ask, and stop between two rows. */
export type TimeIsUp = () => boolean;

export interface WriteTask<Result> {
  /** Synchronous; whatever it throws undoes the whole transaction. */
  readonly run: (tables: Tables, timeIsUp: TimeIsUp) => Result;
  /** Tried once more by itself where the disk was too full for the transaction. */
  readonly freesSpace?: boolean;
  /** Goes before those that are not and wait. */
  readonly isUrgent?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Puts everything that is asked while a transaction commits into the next one. */
export interface WriteQueue {
  /** Resolves once the write is on the disk. Tasks run in the order in which they were asked for. */
  enqueue<Result>(task: WriteTask<Result>): Promise<Result>;
  /** Takes no more tasks, and resolves when all are settled. */
  finish(): Promise<void>;
}

interface QueuedTask {
  readonly task: WriteTask<unknown>;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
  result?: unknown;
}

/** Where the queue gets the open file from. */
export interface EnvironmentSource {
  environment(): Environment | Promise<Environment>;
  /** Closes the open file, so that the next to ask for it opens it anew. */
  discard(): Promise<void>;
}

export function writeQueue({ environment, discard }: EnvironmentSource, path: string): WriteQueue {
  let waiting: QueuedTask[] = [];
  let draining: Promise<void> | undefined;
  let finished = false;

  async function drain(): Promise<void> {
    while (waiting.length > 0) {
      const batch: QueuedTask[] = [];
      try {
        const { root, ...tables } = await environment();
        // A child transaction, because only that can be undone when a task throws half-way.
        await root.childTransaction(() => runTasks(tables, batch));
        for (const { resolve, result } of batch) resolve(result);
      } catch (error) {
        await refuse(batch, error);
      }
    }
    draining = undefined;
  }

  /** Runs on the main thread while LMDB's thread holds the lock, at the end of the tick: by then the tick has asked. */
  function runTasks(tables: Tables, batch: QueuedTask[]): void {
    const end = performance.now() + millisecondsPerTransaction;
    const timeIsUp = () => performance.now() >= end;
    let taken = 0;
    try {
      for (const next of waiting) {
        taken += 1;
        if (next.task.signal?.aborted) {
          next.reject(next.task.signal.reason);
          continue;
        }
        batch.push(next);
        next.result = next.task.run(tables, timeIsUp);
        if (timeIsUp()) break;
      }
    } finally {
      waiting.splice(0, taken);
    }
  }

  async function refuse(batch: QueuedTask[], thrown: unknown): Promise<void> {
    const cause = await causeOf(thrown);
    const error = await toStoreErrorAfterWrite(cause, path);
    if (isDiskFailure(cause) && !isFull(error)) await discard();
    // Nothing ran: the file did not open, or LMDB refused the transaction itself.
    const affected = batch.length > 0 ? batch : waiting.splice(0);
    const again = isFull(error) ? afterFullDisk(affected) : [];
    waiting = [...again, ...waiting];
    for (const each of affected) if (!again.includes(each)) each.reject(error);
  }

  function line(queued: QueuedTask): void {
    const place = queued.task.isUrgent ? waiting.findIndex(({ task }) => !task.isUrgent) : -1;
    waiting.splice(place === -1 ? waiting.length : place, 0, queued);
  }

  return {
    async enqueue<Result>(task: WriteTask<Result>): Promise<Result> {
      if (finished) throw new ClosedError();
      const result = new Promise<unknown>((resolve, reject) => line({ task, resolve, reject }));
      draining ??= drain();
      return (await result) as Result;
    },
    async finish() {
      finished = true;
      await draining;
    },
  };
}

/** What frees space, if it shared the failed transaction with what needs space: it may well succeed by itself. */
function afterFullDisk(batch: readonly QueuedTask[]): QueuedTask[] {
  const freeing = batch.filter(({ task }) => task.freesSpace);
  return freeing.length < batch.length ? freeing : [];
}

/** When a commit fails, lmdb gives the reason as a promise of its own, which must not be left unhandled. */
async function causeOf(error: unknown): Promise<unknown> {
  if (!(error instanceof Error) || !('commitError' in error)) return error;
  return Promise.resolve(error.commitError).then(
    () => error,
    (cause) => cause ?? error,
  );
}
