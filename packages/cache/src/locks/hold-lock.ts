import type { LockContext } from '../contracts/lock.js';
import type { Millis } from '../contracts/time.js';
import { LockLostError } from '../errors.js';
import type { HeldLease } from './acquire-lease.js';
import { HeldLock } from './held-lock.js';
import { letGo } from './let-go.js';
import type { LockKit } from './lock-kit.js';
import type { LockRequest } from './lock-request.js';

export type LockedWork<T> = (lock: LockContext) => T | PromiseLike<T>;

/** How long `close()` waits for work that goes on although its signal was aborted. */
const closingGrace: Millis = 5_000;

/** Does the work under the lease, and lets go of it however the work ends. */
export async function holdLock<T>(
  request: LockRequest,
  lease: HeldLease,
  work: LockedWork<T>,
  kit: LockKit,
): Promise<T> {
  const held = new HeldLock(request, lease.until, kit);
  // Begins when all is set up below: it may close the cache at once.
  const running = Promise.resolve().then(() => workUnder(held, request, lease, work, kit));
  const close = () => {
    held.stopExtending();
    kit.background(untilOver(running, Math.min(closingGrace, held.until - kit.clock.now()), kit));
  };
  kit.closing.addEventListener('abort', close);
  try {
    return await running;
  } finally {
    kit.closing.removeEventListener('abort', close);
  }
}

/** The work's own failure goes before the loss of the lock, and that before its result. */
async function workUnder<T>(
  held: HeldLock,
  request: LockRequest,
  { fencingToken }: HeldLease,
  work: LockedWork<T>,
  kit: LockKit,
): Promise<T> {
  const { name, control } = request;
  const { signal } = control;
  let isDone = false;
  let wasHeld: boolean | undefined;
  let result: T | undefined;
  try {
    signal.throwIfAborted();
    result = await work(Object.freeze({ fencingToken, signal }));
    isDone = true;
  } finally {
    held.end();
    wasHeld = await letGo(request, kit);
  }
  if (isDone && held.loss !== undefined) throw held.loss;
  if (wasHeld === false) throw new LockLostError(name, 'was gone before the work was over');
  return result as T;
}

/** Lets `close()` go on after `delay`; the lease then ends by itself. Rejects as the work does, which nobody minds. */
async function untilOver(running: Promise<unknown>, delay: Millis, { clock }: LockKit): Promise<void> {
  let cancel = () => {};
  const grace = new Promise<void>((resolve) => {
    cancel = clock.schedule(resolve, delay);
  });
  await Promise.race([running, grace]).finally(() => cancel());
}
