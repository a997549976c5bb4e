import type { LeaseAnswer } from '../contracts/lease.js';
import type { Clock, Millis } from '../contracts/time.js';
import { LockNotAcquiredError, StoreError } from '../errors.js';
import { untilAborted } from '../load/until-aborted.js';
import { pollDelayAfter } from '../policy/backoff.js';
import { letGo } from './let-go.js';
import type { LockKit } from './lock-kit.js';
import type { LockRequest } from './lock-request.js';

export type HeldLease = Extract<LeaseAnswer, { readonly isHeld: true }>;

/**
 * Waits for the turn among the callers of this process, then for the lease among all processes.
 *
 * @throws LockNotAcquiredError if it was not had in time, StoreError at once if the store fails
 */
export async function acquireLease(request: LockRequest, kit: LockKit): Promise<HeldLease> {
  const { name, lease, wait, turn, control } = request;
  const { clock } = kit;
  const deadline = clock.now() + wait;
  await turnComes(request, deadline, kit);
  if (!turn.hasCome) throw new LockNotAcquiredError(name, wait, turn.until);
  if (kit.isShared && turn.isOverdue) await giveWay(request, kit);
  // From before the first look on: what is let go of between a look and the wait after it must not be missed.
  const call = new ReleaseCall(lease, kit);
  try {
    for (let looks = 1; ; looks++) {
      call.reset();
      const answer = await take(request, kit);
      turn.until = answer.until;
      const now = clock.now();
      if (answer.isHeld && now < answer.until) return answer;
      // Others have it: this process keeps it from nobody.
      if (!answer.isHeld) turn.giveWay();
      if (now >= deadline) throw new LockNotAcquiredError(name, wait, answer.until);
      const end = Math.min(deadline, answer.until);
      const delay = Math.min(pollDelayAfter(looks, kit.random()), Math.max(0, end - now));
      await untilAborted(call.orAfter(delay), control.signal);
    }
  } finally {
    call.end();
  }
}

async function turnComes({ turn, control }: LockRequest, deadline: Millis, { clock }: LockKit): Promise<void> {
  // A timer may come before its time: none takes more than 24 days.
  while (!turn.hasCome && clock.now() < deadline) {
    let cancel = () => {};
    const timer = new Promise<void>((resolve) => {
      if (Number.isFinite(deadline)) cancel = clock.schedule(resolve, deadline - clock.now());
    });
    await untilAborted(Promise.race([turn.comes, timer]), control.signal).finally(() => cancel());
  }
}

/** Long enough for those who wait in other processes to look: between two callers of this one they never would. */
async function giveWay({ turn, control }: LockRequest, { clock }: LockKit): Promise<void> {
  let cancel = () => {};
  const pause = new Promise<void>((resolve) => {
    cancel = clock.schedule(resolve, pollDelayAfter(Number.POSITIVE_INFINITY, 0));
  });
  await untilAborted(pause, control.signal).finally(() => cancel());
  turn.giveWay();
}

/** Whoever has given up by the time of the answer, or never gets one, lets go of what may have been taken. */
function take(request: LockRequest, kit: LockKit): Promise<LeaseAnswer> {
  const { lease, holder, ttl, control } = request;
  const taking = kit.leases.take(lease, holder, ttl);
  const tidied = taking.then(
    async ({ isHeld }) => {
      if (isHeld && control.signal.aborted) await letGo(request, kit);
    },
    async (error) => {
      if (!(error instanceof StoreError)) return;
      kit.storeFailed(error);
      if (error.code !== 'LARDER_STORE_UNAVAILABLE') await letGo(request, kit);
    },
  );
  kit.background(tidied);
  return untilAborted(taking, control.signal);
}

/** Listens for others to let go of the lease. */
class ReleaseCall {
  readonly #clock: Clock;
  readonly #unsubscribe: () => void;
  #wasHeard = false;
  #stopWaiting = () => {};

  constructor(lease: string, { clock, onReleased }: LockKit) {
    this.#clock = clock;
    this.#unsubscribe = onReleased(lease, () => {
      this.#wasHeard = true;
      this.#stopWaiting();
    });
  }

  reset(): void {
    this.#wasHeard = false;
  }

  /** Resolves when it was heard since the reset, at the latest after `delay`. */
  orAfter(delay: Millis): Promise<void> {
    if (this.#wasHeard) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.#clock.schedule(resolve, delay);
      this.#stopWaiting = () => {
        cancel();
        resolve();
      };
    });
  }

  end(): void {
    this.#unsubscribe();
    this.#stopWaiting();
  }
}
