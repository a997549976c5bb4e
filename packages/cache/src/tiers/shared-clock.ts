import type { Store, StoreTime } from '../contracts/store.js';
import type { Cancel, Clock, Millis } from '../contracts/time.js';
import { boundsOfOffset, errorOf, isVague, type OffsetSample, offsetToUse, sampleOf } from '../policy/clock-offset.js';

/** Taken when the module loads: a test that replaces the global timers must not stop it. */
const { setImmediate } = globalThis;

export interface SharedClockParts {
  /** This process's own. */
  readonly own: Clock;
  readonly ask: NonNullable<Store['time']>;
  /** How long a measurement may take. */
  readonly timeout: Millis;
  /** The store answers, but not with its time: this clock shows the own time until it does. */
  readonly untold: (error: unknown) => void;
}

/** Told when this clock was put forward, or back, by so much. `isFirst`: so far it had shown the own time for want of another. */
export type StepListener = (by: Millis, isFirst: boolean) => void;

const samplesKept = 8;
/** The store is asked for its time so often, while it is used. */
const measuredEvery: Millis = 60_000;
/** Nobody waits for the time again so soon after it was asked for in vain. */
const pauseAfterFailure: Millis = 1_000;
/** An invalidation is dated later than now by no more, however little is known of the clocks. */
const longestMargin: Millis = 100;

/**
 * The store's time, as far as it is known here: the own clock and how far the store's is ahead. All processes that use
 * the store see the same time, give or take the round trip, whatever their own clocks show (docs/decisions/0016).
 *
 * It may step. Stamps do not step back with it (cache/stamps.ts); durations are measured by the own clock.
 */
export class SharedClock implements Clock {
  readonly #own: Clock;
  readonly #parts: SharedClockParts;
  readonly #listeners: StepListener[] = [];
  readonly #samples: OffsetSample[] = [];
  #offset: Millis = 0;
  /** `asked in vain`: the store answers, but not with its time. */
  #isKnown: 'not yet' | 'known' | 'asked in vain' = 'not yet';
  /** It has answered anything but the question for its time. */
  #doesAnswer = false;
  #measuring: Promise<void> | undefined;
  #awaited: Promise<void> | undefined;
  #measureAt: Millis = Number.NEGATIVE_INFINITY;
  #waitAgainAt: Millis = Number.NEGATIVE_INFINITY;
  /** How much of their deadline those have spent who waited for the time, and go on in this turn of the event loop. */
  waited: Millis = 0;

  constructor(parts: SharedClockParts) {
    this.#own = parts.own;
    this.#parts = parts;
  }

  now(): Millis {
    return this.#own.now() + this.#offset;
  }

  coarseNow(): Millis {
    return this.#own.coarseNow() + this.#offset;
  }

  schedule(task: () => void, delay: number): Cancel {
    return this.#own.schedule(task, delay);
  }

  /** By how much the clocks of two processes may differ that both are at most as wrong as this one. */
  get margin(): Millis {
    if (this.#samples.length === 0) return 0;
    const error = errorOf(this.#offset, boundsOfOffset(this.#samples, this.#own.now()));
    return Math.min(2 * error, longestMargin);
  }

  onStep(listener: StepListener): void {
    this.#listeners.push(listener);
  }

  /**
   * The first measurement, until all who wait for it have gone on, in their order: whoever comes between its end and
   * that goes on after them.
   */
  get awaited(): Promise<void> | undefined {
    return this.#awaited;
  }

  /** False while this may be a clock that is minutes off, and the store has not been asked, or not answered. */
  get isTrusted(): boolean {
    return this.#isKnown !== 'not yet';
  }

  /** Is it worth to measure before anything is stamped, or asked for? */
  get isWanted(): boolean {
    return this.#isKnown === 'not yet' && this.#own.now() >= this.#waitAgainAt;
  }

  /** Measures, in the time of one call to the store. All who ask meanwhile share it. Never rejects. */
  measure(): Promise<void> {
    if (this.#measuring === undefined) {
      this.#measuring = this.#measureInTime();
      if (this.#isKnown === 'not yet') this.#awaited = this.#measuring;
    }
    return this.#measuring;
  }

  /**
   * The store has answered a call that was made then, by the own clock. Measures now and then, when the store had been
   * away, and when the own clock was set: so a step of more than a minute is noticed at the next call.
   */
  answered(at: Millis, hadBeenAway: boolean): void {
    this.#doesAnswer = true;
    const isCurrent = at < this.#measureAt && at >= this.#measureAt - measuredEvery;
    if (!isCurrent || hadBeenAway || this.#isKnown === 'not yet') void this.measure();
  }

  #measureInTime(): Promise<void> {
    const { timeout } = this.#parts;
    const begun = this.#own.now();
    this.#measureAt = begun + measuredEvery;
    return new Promise((resolve) => {
      let isOver = false;
      const end = () => {
        isOver = true;
        cancelDeadline();
        this.#measuring = undefined;
        if (this.#awaited !== undefined) this.#letGoOn(Math.min(timeout, Math.max(0, this.#own.now() - begun)));
        resolve();
      };
      const fail = (error: unknown) => {
        if (isOver) return;
        this.#failed(error);
        end();
      };
      const cancelDeadline = this.#own.schedule(() => fail(undefined), timeout);
      this.#askTwice(() => isOver).then(() => {
        if (!isOver) end();
      }, fail);
    });
  }

  async #askTwice(isOver: () => boolean): Promise<void> {
    const [sample, told] = await this.#askOnce();
    if (isOver()) return;
    this.#take(sample);
    if (!isVague(sample, told)) return;
    const [better] = await this.#askOnce();
    if (!isOver()) this.#take(better);
  }

  async #askOnce(): Promise<[OffsetSample, StoreTime]> {
    const asked = this.#own.now();
    const told = await this.#parts.ask({ now: asked });
    return [sampleOf(asked, this.#own.now(), told), told];
  }

  #take(sample: OffsetSample): void {
    this.#samples.push(sample);
    if (this.#samples.length > samplesKept) this.#samples.shift();
    const isFirst = this.#isKnown === 'not yet';
    this.#isKnown = 'known';
    const offset = offsetToUse(this.#offset, boundsOfOffset(this.#samples, sample.at));
    const by = offset - this.#offset;
    if (by === 0) return;
    this.#offset = offset;
    for (const listener of this.#listeners) listener(by, isFirst);
  }

  /** What was known before still holds. A store that is away is asked again when somebody needs it. */
  #failed(error: unknown): void {
    this.#waitAgainAt = this.#own.now() + pauseAfterFailure;
    if (this.#isKnown !== 'not yet' || !this.#doesAnswer) return;
    this.#isKnown = 'asked in vain';
    this.#parts.untold(error);
  }

  #letGoOn(waited: Millis): void {
    this.waited = waited;
    setImmediate(() => {
      this.waited = 0;
      this.#awaited = undefined;
    });
  }
}
