import { ClosedError } from '../../errors.js';
import { type Claim, claimFolder } from './claim-folder.js';
import { claimInThread } from './claim-thread.js';
import { toStoreError } from './lmdb-errors.js';
import { makeFolder } from './make-folder.js';
import { type Environment, type EnvironmentOptions, openEnvironment } from './open-environment.js';
import { type WriteQueue, writeQueue } from './write-queue.js';

export interface LifecycleOptions extends EnvironmentOptions {
  readonly exclusive: boolean;
}

/** A store from its first call, which opens the file, to `close`. */
export interface Lifecycle {
  readonly writes: WriteQueue;
  /** The environment, at once where it is open already. */
  environment(): Environment | Promise<Environment>;
  /** The environment where it is open. */
  readonly opened: Environment | undefined;
  /** Throws `ClosedError` from `close` on. */
  refuseIfClosed(): void;
  readonly isClosed: boolean;
  close(): Promise<void>;
}

export function lifecycle(options: LifecycleOptions): Lifecycle {
  let current: Environment | undefined;
  /** Held until the store closes, also while the file is opened anew: copies in memory may rely on it. */
  let claim: Claim | undefined;
  let releaseInThread = () => {};
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
    const isFirst = claim === undefined;
    try {
      // Opened before it is closed, the file would be shared with what is being given up.
      await discarding;
      claim ??= await claimPath();
      current = await openEnvironment(options);
      return current;
    } catch (error) {
      if (isFirst) await release();
      throw error;
    } finally {
      // After a failure the next call tries again: the disk may have been mounted or freed by then.
      opening = undefined;
    }
  }

  async function claimPath(): Promise<Claim> {
    try {
      await makeFolder(options.path);
      const folder = await claimFolder(options.path, options.exclusive ? 'exclusive' : 'shared');
      try {
        releaseInThread = await claimInThread(options.path);
      } catch (error) {
        await folder.release();
        throw error;
      }
      return folder;
    } catch (error) {
      throw toStoreError(error, options.path);
    }
  }

  async function release(): Promise<void> {
    releaseInThread();
    await claim?.release();
    claim = undefined;
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
    try {
      await discard();
    } finally {
      await release();
    }
  }

  return {
    writes,
    environment,
    get opened() {
      return current;
    },
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
