import { ClosedError } from '../../errors.js';
import { type Environment, type EnvironmentOptions, openEnvironment } from './open-environment.js';
import { type WriteQueue, writeQueue } from './write-queue.js';

/** A store from its first call, which opens the file, to `close`. */
export interface Lifecycle {
  readonly writes: WriteQueue;
  /** The environment, at once where it is open already. */
  environment(): Environment | Promise<Environment>;
  /** Throws `ClosedError` from `close` on. */
  refuseIfClosed(): void;
  readonly isClosed: boolean;
  close(): Promise<void>;
}

export function lifecycle(options: EnvironmentOptions): Lifecycle {
  let current: Environment | undefined;
  let opening: Promise<Environment> | undefined;
  let discarding: Promise<void> | undefined;
  let closing: Promise<void> | undefined;
  const writes = writeQueue({ environment, discard }, options.path);

  function environment(): Environment | Promise<Environment> {
    if (current !== undefined) return current;
    opening ??= open();
    return opening;
  }

  async function open(): Promise<Environment> {
    try {
      // Opened before it is closed, the file would be shared with what is being given up.
      await discarding;
      current = await openEnvironment(options);
      return current;
    } finally {
      // After a failure the next call tries again: the disk may have been mounted or freed by then.
      opening = undefined;
    }
  }

  async function discard(): Promise<void> {
    const discarded = current;
    current = undefined;
    discarding = discarded?.root.close();
    await discarding;
  }

  async function close(): Promise<void> {
    await writes.finish();
    await opening?.catch(() => {});
    await discard();
  }

  return {
    writes,
    environment,
    refuseIfClosed() {
      if (closing !== undefined) throw new ClosedError();
    },
    get isClosed() {
      return closing !== undefined;
    },
    close() {
      closing ??= close();
      return closing;
    },
  };
}
