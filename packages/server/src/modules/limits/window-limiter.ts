import type { Millis } from '@larder/cache';
import type { ServiceClock } from '../../service.js';
import { demandAfter, portionToReserve, stockToRefillAt, unitsToGiveBack } from './guided-reservation.js';
import { type Policy, windowAt, windowEnd } from './policy.js';
import type { WindowCounter } from './window-counter.js';

/** `unknown`: nothing is reserved here, and only the shared counter knows whether there is anything left. */
export type Verdict = 'taken' | 'denied' | 'unknown';

export interface WindowLimiterParts {
  readonly policy: Policy;
  readonly counter: WindowCounter;
  readonly clock: ServiceClock;
  /** Called each time that the counter cannot be used, and this process goes by itself. */
  readonly onFallback: () => void;
}

/** A used-up window is asked about again no sooner: others may have given units back. */
const askAgainAfter = 250;
const rejoinAfter = 1_000;
const longestLead = 1_000;
const shortestLead = 300;

/**
 * One policy of one tenant in one process. Units are reserved from the counter that all processes share, in portions, and
 * spent here by subtracting.
 *
 * What is reserved never exceeds the quota: the counter is at all times at least the sum of what was granted, since each
 * portion is added before it is granted, and what is given back is taken from the stock before it is subtracted.
 */
export class WindowLimiter {
  readonly policy: Policy;
  readonly #parts: WindowLimiterParts;
  #window = -1;
  /** Units to spend. */
  #held = 0;
  #spent = 0;
  /** What the counter has granted for this window and was not given back: spent or held. */
  #reserved = 0;
  /** The counter's sum, as it was last heard of. */
  #total = 0;
  #refillAt = 0;
  #demand = 0;
  #askedSince = 0;
  #usedUpUntil: Millis = 0;
  #reservation: Promise<void> | undefined;
  #next: { readonly window: number; readonly held: number; readonly total: number } | undefined;
  #nextIsComing = false;
  /** While the counter fails, this process has a full quota for itself; then it is when to try the counter again. */
  #rejoinAt: Millis | undefined;

  constructor(parts: WindowLimiterParts) {
    this.policy = parts.policy;
    this.#parts = parts;
  }

  /** Decides at once, as far as this process can. */
  take(units: number, now = this.#parts.clock.now()): Verdict {
    this.#enterWindow(now);
    this.#askedSince += units;
    return this.#spend(units, now);
  }

  /** Waits for the counter where it must. All who wait share one reservation. */
  async takeOrWait(units: number): Promise<boolean> {
    let verdict = this.take(units);
    while (verdict === 'unknown') {
      await this.#reserve(units);
      verdict = this.#spend(units, this.#enterNow());
    }
    return verdict === 'taken';
  }

  /** What was taken is not needed. */
  putBack(units: number): void {
    if (units > this.#spent) return;
    this.#spent -= units;
    this.#held += units;
  }

  /** What is left for all processes, as far as it is known here. */
  remaining(now = this.#parts.clock.now()): number {
    this.#enterWindow(now);
    const { quota } = this.policy;
    const left = this.#rejoinAt === undefined ? quota - this.#total + this.#held : this.#held;
    return Math.max(0, Math.min(quota, left));
  }

  secondsToEnd(now = this.#parts.clock.now()): number {
    this.#enterWindow(now);
    return Math.max(1, Math.ceil((windowEnd(this.#window, this.policy) - now) / 1_000));
  }

  /** To be called four times a second while it says that there is something to look after. */
  look(): boolean {
    const now = this.#enterNow();
    this.#demand = demandAfter(this.#demand, this.#askedSince);
    this.#askedSince = 0;
    if (this.#rejoinAt !== undefined) {
      if (now >= this.#rejoinAt) this.#rejoin();
      return true;
    }
    this.#giveBack(unitsToGiveBack(this.#held, this.#demand, this.policy.quota));
    if (this.#demand > 0 && this.#isNearEnd(now)) this.#reserveNext();
    const isComing = this.#reservation !== undefined || this.#nextIsComing;
    return this.#demand > 0 || this.#held > 0 || this.#next !== undefined || isComing;
  }

  /** Gives back what is held, for others to spend. */
  async close(): Promise<void> {
    this.#enterNow();
    const units = this.#rejoinAt === undefined ? this.#held : 0;
    this.#held = 0;
    if (units > 0) await this.#parts.counter.add(this.#window, -units).catch(() => {});
  }

  #enterNow(): Millis {
    const now = this.#parts.clock.now();
    this.#enterWindow(now);
    return now;
  }

  #enterWindow(now: Millis): void {
    const window = windowAt(now, this.policy);
    if (window === this.#window) return;
    const next = this.#next?.window === window ? this.#next : { held: 0, total: 0 };
    this.#window = window;
    this.#next = undefined;
    this.#spent = 0;
    this.#reserved = next.held;
    this.#total = next.total;
    this.#held = this.#rejoinAt === undefined ? next.held : this.policy.quota;
    this.#refillAt = stockToRefillAt(next.held);
    this.#usedUpUntil = 0;
  }

  #spend(units: number, now: Millis): Verdict {
    if (this.#held >= units) {
      this.#held -= units;
      this.#spent += units;
      if (this.#held <= this.#refillAt && this.#rejoinAt === undefined && now >= this.#usedUpUntil) this.#reserve(0);
      return 'taken';
    }
    const isDenied = units > this.policy.quota || this.#rejoinAt !== undefined || now < this.#usedUpUntil;
    return isDenied ? 'denied' : 'unknown';
  }

  /** Never rejects: what fails is a fall-back. */
  #reserve(needed: number): Promise<void> {
    this.#reservation ??= this.#reservePortion(needed).finally(() => {
      this.#reservation = undefined;
    });
    return this.#reservation;
  }

  async #reservePortion(needed: number): Promise<void> {
    const { quota } = this.policy;
    const window = this.#window;
    // It was used up: whoever comes while this is asked about is refused and does not wait.
    if (this.#usedUpUntil > 0) this.#usedUpUntil = this.#parts.clock.now() + askAgainAfter;
    const asked = portionToReserve({
      quota,
      remaining: quota - this.#total,
      demand: this.#demand + this.#askedSince,
      needed: Math.max(0, needed - this.#held),
    });
    try {
      const { granted, total } = await this.#parts.counter.reserve(window, asked);
      if (window !== this.#window) return;
      this.#held += granted;
      this.#reserved += granted;
      this.#total = total;
      this.#refillAt = stockToRefillAt(this.#held);
      this.#usedUpUntil = granted === 0 ? this.#parts.clock.now() + askAgainAfter : 0;
    } catch {
      this.#goAlone();
    }
  }

  #giveBack(units: number): void {
    if (units === 0) return;
    this.#held -= units;
    this.#reserved -= units;
    this.#total -= units;
    this.#refillAt = stockToRefillAt(this.#held);
    this.#parts.counter.giveBack(this.#window, units);
  }

  #isNearEnd(now: Millis): boolean {
    const lead = Math.max(shortestLead, Math.min(longestLead, this.policy.windowSeconds * 250));
    return windowEnd(this.#window, this.policy) - now <= lead;
  }

  async #reserveNext(): Promise<void> {
    if (this.#nextIsComing || this.#next !== undefined) return;
    this.#nextIsComing = true;
    const { quota } = this.policy;
    const window = this.#window + 1;
    const asked = portionToReserve({ quota, remaining: quota, demand: this.#demand, needed: 0 });
    try {
      const { granted, total } = await this.#parts.counter.reserve(window, asked);
      if (window === this.#window + 1) this.#next = { window, held: granted, total };
      else if (window === this.#window) {
        this.#held += granted;
        this.#reserved += granted;
      }
    } catch {
      // The first request of that window finds out whether it still fails.
    } finally {
      this.#nextIsComing = false;
    }
  }

  #goAlone(): void {
    this.#rejoinAt = this.#parts.clock.now() + rejoinAfter;
    this.#held = Math.max(0, this.policy.quota - this.#spent);
    this.#parts.onFallback();
  }

  /** Tells the counter what was spent without it, and goes by it again. */
  async #rejoin(): Promise<void> {
    this.#rejoinAt = this.#parts.clock.now() + rejoinAfter;
    const window = this.#window;
    const untold = Math.max(0, this.#spent - this.#reserved);
    try {
      const total = await this.#parts.counter.add(window, untold);
      // Of the window that has begun meanwhile, it is told at the next look.
      if (window !== this.#window) return;
      this.#rejoinAt = undefined;
      const since = Math.max(0, this.#spent - this.#reserved - untold);
      if (since > 0) this.#parts.counter.add(window, since).catch(() => {});
      this.#reserved += untold + since;
      this.#held = this.#reserved - this.#spent;
      this.#total = Math.min(total + since, this.policy.quota);
      this.#refillAt = stockToRefillAt(this.#held);
    } catch {
      this.#parts.onFallback();
    }
  }
}
