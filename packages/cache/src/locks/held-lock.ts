import type { Cancel, Millis } from '../contracts/time.js';
import { LockLostError } from '../errors.js';
import type { LockKit } from './lock-kit.js';
import type { LockRequest } from './lock-request.js';

/** A lease while the work goes on: extended every third of its life, and given up for lost at its end. */
export class HeldLock {
  readonly #request: LockRequest;
  readonly #kit: LockKit;
  #until: Millis;
  #loss: LockLostError | undefined;
  #isOver = false;
  #isExtended = true;
  /** Why the last extension failed. */
  #failure: unknown;
  #cancelEnd: Cancel = () => {};
  #cancelExtension: Cancel = () => {};

  constructor(request: LockRequest, until: Millis, kit: LockKit) {
    this.#request = request;
    this.#kit = kit;
    this.#until = until;
    this.#awaitEnd();
    this.#extendAt(until - (request.ttl * 2) / 3);
  }

  get until(): Millis {
    return this.#until;
  }

  get loss(): LockLostError | undefined {
    return this.#loss;
  }

  /** From now on the lease ends at its end. */
  stopExtending(): void {
    this.#isExtended = false;
    this.#cancelExtension();
  }

  /** The work is over; also where it kept the thread so long that no timer could tell of the end. */
  end(): void {
    if (this.#kit.clock.now() >= this.#until) this.#lose(notExtended);
    this.#isOver = true;
    this.#cancelEnd();
    this.stopExtending();
  }

  /** A timer may come before its time: none takes more than 24 days, and the clock may have been set. */
  #awaitEnd(): void {
    this.#cancelEnd();
    const { clock } = this.#kit;
    const look = () => (clock.now() < this.#until ? this.#awaitEnd() : this.#lose(notExtended));
    this.#cancelEnd = clock.schedule(look, this.#until - clock.now());
  }

  #extendAt(time: Millis): void {
    if (!this.#isExtended) return;
    const { clock } = this.#kit;
    this.#cancelExtension = clock.schedule(() => void this.#extend(), Math.max(0, time - clock.now()));
  }

  /** Tries as long as there is time. */
  async #extend(): Promise<void> {
    const { lease, holder, ttl, turn } = this.#request;
    const { leases, clock, storeFailed } = this.#kit;
    const askedAt = clock.now();
    if (askedAt >= this.#until) return this.#lose(notExtended);
    try {
      const isStillHeld = await leases.extend(lease, holder, ttl);
      if (this.#isOver) return;
      if (!isStillHeld) return this.#lose('was gone when it was to be extended');
      this.#failure = undefined;
      this.#until = askedAt + ttl;
      turn.until = this.#until;
      this.#awaitEnd();
      this.#extendAt(askedAt + ttl / 3);
    } catch (error) {
      if (this.#isOver) return;
      this.#failure = error;
      storeFailed(error as Error);
      this.#extendAt(clock.now() + ttl / 9);
    }
  }

  #lose(how: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.end();
    this.#loss = new LockLostError(this.#request.name, how, this.#failure);
    // Whoever of this process is next may try: the work may go on for as long as it likes.
    this.#request.turn.end();
    this.#request.control.abort(this.#loss);
  }
}

const notExtended = 'could not be extended before its end';
