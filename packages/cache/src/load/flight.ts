import type { LoadReason } from '../contracts/events.js';
import type { ReadToken } from '../contracts/tier.js';
import type { Millis } from '../contracts/time.js';

/** One load under way, and those who wait for it. */
export class Flight<Outcome = unknown> {
  readonly key: string;
  readonly #token: ReadToken;
  readonly begunAt: Millis;
  /** The stamp of that moment, before the loader runs: what happens to the key from then on is later than what is loaded. */
  readonly startedAt: Millis;
  /** Which invalidations were known then. */
  readonly generation: number;
  /** Why whoever started it did. */
  readonly reason: LoadReason;
  /** True while the loader's own code runs at the start: whoever asks then is the loader. */
  isCallingLoader = false;
  #isOvertaken = false;
  #onOvertaken: (() => void) | undefined;
  /** Tells whether the key was written since, apart from what this flight writes itself. */
  #writing: ReadToken | undefined;
  #waiters = 0;
  #controller: AbortController | undefined;
  #abortedWith: { readonly reason: unknown } | undefined;
  #onAbort: ((reason: unknown) => void) | undefined;
  #isReported = false;
  #outcome: Promise<Outcome> | undefined;
  #resolve: ((outcome: Outcome) => void) | undefined;
  #reject: ((failure: unknown) => void) | undefined;

  constructor(
    key: string,
    token: ReadToken,
    begunAt: Millis,
    startedAt: Millis,
    generation: number,
    reason: LoadReason,
  ) {
    this.key = key;
    this.#token = token;
    this.begunAt = begunAt;
    this.startedAt = startedAt;
    this.generation = generation;
    this.reason = reason;
  }

  /** What all who wait get. Made when it is asked for, which is before the flight lands: nobody can join it afterwards. */
  get outcome(): Promise<Outcome> {
    this.#outcome ??= new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    return this.#outcome;
  }

  succeed(outcome: Outcome): void {
    this.#resolve?.(outcome);
  }

  fail(failure: unknown): void {
    this.#reject?.(failure);
  }

  /** For the loader; made when it asks, because most never do. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#abortedWith !== undefined) this.#controller.abort(this.#abortedWith.reason);
    return this.#controller.signal;
  }

  /** Somebody wanted it loaded whatever was cached. */
  get isForced(): boolean {
    return this.reason === 'forced';
  }

  /** May somebody who asks for the key now still wait for this? Not for a value from before a write, or an end. */
  get isJoinable(): boolean {
    return this.#abortedWith === undefined && !this.#isOvertaken && (this.#writing ?? this.#token).isUnchanged();
  }

  /** May what it loads be stored? */
  get isCurrent(): boolean {
    return !this.isAborted && !this.#isOvertaken && this.#token.isSettled();
  }

  /** Another load of the key has begun that is to win. */
  get isOvertaken(): boolean {
    return this.#isOvertaken;
  }

  overtake(): void {
    this.#isOvertaken = true;
    this.#onOvertaken?.();
  }

  whenOvertaken(react: () => void): void {
    this.#onOvertaken = react;
    if (this.#isOvertaken) react();
  }

  /** Its own write of the key has begun, and `token` was taken inside it. */
  beginWrite(token: ReadToken): void {
    this.#writing = token;
  }

  land(): void {
    this.#token.end();
    this.#writing?.end();
  }

  get isAborted(): boolean {
    return this.#abortedWith !== undefined;
  }

  /** Gives the load up: the loader's signal aborts, and who waits gets `reason` at once, whether or not it listens. */
  abort(reason: unknown): void {
    if (this.#abortedWith !== undefined) return;
    this.#abortedWith = { reason };
    this.#controller?.abort(reason);
    this.#onAbort?.(reason);
  }

  whenAborted(react: (reason: unknown) => void): void {
    this.#onAbort = react;
    if (this.#abortedWith !== undefined) react(this.#abortedWith.reason);
  }

  enter(): void {
    this.#waiters++;
  }

  /** The load of which the last one takes leave is for nobody. */
  leave(reason: unknown): void {
    if (--this.#waiters === 0) this.abort(reason);
  }

  claimReport(): boolean {
    const isFirst = !this.#isReported;
    this.#isReported = true;
    return isFirst;
  }
}
