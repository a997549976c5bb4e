import type { Store, StoreCall } from '../contracts/store.js';
import type { TierResult } from '../contracts/tier.js';
import type { Clock, Millis } from '../contracts/time.js';
import { type ErrorCode, StoreError } from '../errors.js';
import type { CircuitBreaker } from './circuit-breaker.js';
import type { SharedClock } from './shared-clock.js';

export interface StoreGateParts {
  readonly store: Store;
  /** This process's own: deadlines and the pauses of the breaker are durations, and no step may change them. */
  readonly clock: Clock;
  /** The store's time, if it tells it: what entries are judged by. */
  readonly shared?: SharedClock | undefined;
  /** How long one call may take. */
  readonly timeout: Millis;
  readonly breaker: CircuitBreaker;
}

/** What fits into one deadline: larger batches go out in portions, each with a deadline of its own. */
const keysPerCall = 1_000;

/** The only way to a store: every call ends by its deadline, none is made while the breaker is open, none throws. */
export class StoreGate {
  readonly store: Store;
  readonly #clock: Clock;
  readonly #shared: SharedClock | undefined;
  readonly #timeout: Millis;
  readonly #breaker: CircuitBreaker;
  readonly #turnListeners: ((isAnswering: boolean) => void)[] = [];

  constructor({ store, clock, shared, timeout, breaker }: StoreGateParts) {
    this.store = store;
    this.#clock = clock;
    this.#shared = shared;
    this.#timeout = timeout;
    this.#breaker = breaker;
  }

  /** False from a failure to the next success. */
  get isAnswering(): boolean {
    return this.#breaker.isAnswering;
  }

  /** Calls `listener` whenever {@link StoreGate.isAnswering} has become another. */
  onTurn(listener: (isAnswering: boolean) => void): void {
    this.#turnListeners.push(listener);
  }

  /**
   * What to wait for before anything is stamped or asked for: the store's time, until it is known. As a rule nothing.
   * What is waited here is taken from the deadline of the call that follows. Never rejects.
   */
  untilTimeIsKnown(): Promise<void> | undefined {
    const shared = this.#shared;
    if (shared === undefined || shared.awaited !== undefined) return shared?.awaited;
    return shared.isWanted && this.#breaker.wouldAdmit(this.#clock.now()) ? shared.measure() : undefined;
  }

  call<T>(work: (store: Store, call: StoreCall) => Promise<T>): Promise<TierResult<T>> {
    const timeKnown = this.untilTimeIsKnown();
    return timeKnown === undefined ? this.#call(work) : timeKnown.then(() => this.#call(work));
  }

  #call<T>(work: (store: Store, call: StoreCall) => Promise<T>): Promise<TierResult<T>> {
    const begun = this.#clock.now();
    if (!this.#breaker.admits(begun)) return Promise.resolve(this.#refusal());
    return this.#callBy(begun, work, (error) => this.#failed(error));
  }

  /**
   * Asks a store that does not answer whether it does again. Only its success counts: a probe that fails keeps nobody
   * from calling, and none is made while the breaker pauses.
   */
  async probe(ask: (store: Store, call: StoreCall) => Promise<unknown>): Promise<void> {
    const begun = this.#clock.now();
    if (this.#breaker.mayBeProbed(begun)) await this.#callBy(begun, ask, () => {});
  }

  #callBy<T>(
    begun: Millis,
    work: (store: Store, call: StoreCall) => Promise<T>,
    failed: (error: unknown) => void,
  ): Promise<TierResult<T>> {
    const call = new GatedCall(this.#shared?.now() ?? begun);
    const deadline = this.#timeout - (this.#shared?.waited ?? 0);
    return new Promise((resolve) => {
      const cancelDeadline = this.#clock.schedule(() => {
        const error = this.#tooSlow();
        failed(error);
        settle({ ok: false, error });
        call.abort(error);
      }, deadline);
      let isSettled = false;
      const settle = (result: TierResult<T>): void => {
        if (isSettled) return;
        isSettled = true;
        cancelDeadline();
        resolve(result);
      };
      attempt(work, this.store, call).then(
        (value) => {
          if (!isSettled) this.#succeeded(begun);
          settle({ ok: true, value });
        },
        (error) => {
          if (!isSettled) failed(error);
          settle({ ok: false, error: this.#errorFrom(error) });
        },
      );
    });
  }

  /** As {@link StoreGate.call} for a batch of any size; the first portion that fails ends it. */
  callInPortions<Item, T>(
    items: readonly Item[],
    work: (store: Store, portion: readonly Item[], call: StoreCall) => Promise<T[]>,
  ): Promise<TierResult<T[]>> {
    if (items.length <= keysPerCall) return this.call((store, call) => work(store, items, call));
    return this.#callForEach(items, work);
  }

  async #callForEach<Item, T>(
    items: readonly Item[],
    work: (store: Store, portion: readonly Item[], call: StoreCall) => Promise<T[]>,
  ): Promise<TierResult<T[]>> {
    const all: T[] = [];
    for (let from = 0; from < items.length; from += keysPerCall) {
      const portion = items.slice(from, from + keysPerCall);
      const result = await this.call((store, call) => work(store, portion, call));
      if (!result.ok) return result;
      for (const value of result.value) all.push(value);
    }
    return { ok: true, value: all };
  }

  /** One entry from a store that reads at once; `undefined` where it cannot, and then {@link StoreGate.call} can. */
  readNow<T>(read: (store: Store, now: Millis) => T | 'later'): TierResult<T> | undefined {
    if (this.store.getNow === undefined) return undefined;
    const begun = this.#clock.now();
    if (!this.#breaker.admits(begun)) return this.#refusal();
    try {
      const value = read(this.store, this.#shared?.now() ?? begun);
      if (value === 'later') {
        this.#breaker.withdrawn();
        return undefined;
      }
      this.#succeeded(begun);
      return { ok: true, value };
    } catch (error) {
      this.#failed(error);
      return { ok: false, error: this.#errorFrom(error) };
    }
  }

  /** Waits for the store to let go, but no longer than for any other call. */
  close(): Promise<void> {
    return new Promise((resolve, reject) => {
      const cancelDeadline = this.#clock.schedule(resolve, this.#timeout);
      this.store.close().finally(cancelDeadline).then(resolve, reject);
    });
  }

  #succeeded(begun: Millis): void {
    const isNews = !this.#breaker.isAnswering;
    this.#breaker.succeeded();
    this.#shared?.answered(begun, isNews);
    if (isNews) this.#turn(true);
  }

  #failed(error: unknown): void {
    // What a full disk or a bad argument is answered with is an answer: the store is there.
    if (!isOutage(error)) {
      this.#succeeded(this.#clock.now());
      return;
    }
    const isNews = this.#breaker.isAnswering;
    this.#breaker.failed(this.#clock.now());
    if (isNews) this.#turn(false);
  }

  #turn(isAnswering: boolean): void {
    for (const listener of this.#turnListeners) listener(isAnswering);
  }

  #errorFrom(error: unknown): Error {
    return error instanceof Error ? error : new StoreError(this.store.name, String(error));
  }

  #tooSlow(): StoreError {
    const message = `The ${this.store.name} store did not answer within ${this.#timeout} ms. Whether it did what was asked is not known; raise storeTimeout if it is only slow.`;
    return new StoreError(this.store.name, message, { code: 'LARDER_STORE_TIMEOUT' });
  }

  #refusal(): TierResult<never> {
    const message = `The ${this.store.name} store keeps failing and is not called for the moment (circuitBreaker).`;
    return { ok: false, error: new StoreError(this.store.name, message, { code: 'LARDER_STORE_UNAVAILABLE' }) };
  }
}

/** What a store is handed. Most never ask for the signal, so it is made when they do. */
class GatedCall implements StoreCall {
  readonly now: Millis;
  #controller: AbortController | undefined;
  #reason: Error | undefined;

  constructor(now: Millis) {
    this.now = now;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#reason !== undefined) this.#controller.abort(this.#reason);
    return this.#controller.signal;
  }

  abort(reason: Error): void {
    this.#reason = reason;
    this.#controller?.abort(reason);
  }
}

/** A store that throws at once, against its contract, fails like any other. An async function would cost a promise more. */
function attempt<T>(work: (store: Store, call: StoreCall) => Promise<T>, store: Store, call: StoreCall): Promise<T> {
  try {
    const working: Promise<T> | T = work(store, call);
    return working instanceof Promise ? working : Promise.resolve(working);
  } catch (error) {
    return Promise.reject(error);
  }
}

const outages: readonly ErrorCode[] = ['LARDER_STORE_FAILED', 'LARDER_STORE_TIMEOUT', 'LARDER_STORE_IN_USE'];

function isOutage(error: unknown): boolean {
  if (!(error instanceof StoreError)) return false;
  return outages.includes(error.code);
}

/** May the same call succeed later? What a full disk or a bad argument is answered with will be answered again. */
export function mayPass(error: unknown): boolean {
  return isOutage(error) || (error instanceof StoreError && error.code === 'LARDER_STORE_UNAVAILABLE');
}
