import type { Cancel, Clock, Millis } from '../contracts/time.js';
import { TimerWheel } from './timer-wheel.js';

export interface ExpiringSlots {
  deadlineOf(slot: number): Millis;
  /** Empties the slot, which also cancels it here. */
  expire(slot: number): void;
}

/** What one pass looks at: bounds how long it can hold up the event loop. */
const stepsPerPass = 20;
const slotsPerStep = 50;
/** A pass also ends after so long: listeners may be slow, or the machine. */
const millisPerPass = 2;

/** Frees expired slots that nobody asks for: one timer for all of them, and none while there is nothing to wait for. */
export class ExpirySweep {
  readonly #clock: Clock;
  readonly #slots: ExpiringSlots;
  readonly #wheel: TimerWheel;
  #cancelTimer: Cancel | undefined;
  #timerAt = Number.POSITIVE_INFINITY;

  constructor(clock: Clock, slots: ExpiringSlots) {
    this.#clock = clock;
    this.#slots = slots;
    this.#wheel = new TimerWheel(clock.now());
  }

  grow(slots: number): void {
    this.#wheel.grow(slots);
  }

  schedule(slot: number, deadline: Millis): void {
    if (this.#wheel.schedule(slot, deadline) < this.#timerAt) this.#setTimer();
  }

  reschedule(slot: number, deadline: Millis): void {
    this.#wheel.cancel(slot);
    this.schedule(slot, deadline);
  }

  cancel(slot: number): void {
    this.#wheel.cancel(slot);
  }

  /** Looks at no more than `limit` slots; answers whether there are more that may have expired. */
  advance(now: Millis, limit: number): boolean {
    const { deadlineOf, expire } = this.#slots;
    return this.#wheel.advance(now, limit, deadlineOf, expire);
  }

  /** The clock does not show what it would have shown: every slot is looked at again, and the timer set anew. */
  clockStepped(): void {
    this.#wheel.restart(this.#clock.now());
    this.#setTimer();
  }

  stop(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#timerAt = Number.POSITIVE_INFINITY;
  }

  #setTimer(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#timerAt = this.#wheel.nextLook();
    if (this.#timerAt === Number.POSITIVE_INFINITY) return;
    const delay = Math.max(0, this.#timerAt - this.#clock.now());
    this.#cancelTimer = this.#clock.schedule(() => this.#pass(), delay);
  }

  #pass(): void {
    const start = this.#clock.now();
    for (let step = 0; step < stepsPerPass; step++) {
      const now = this.#clock.now();
      if (now - start >= millisPerPass || !this.advance(now, slotsPerStep)) break;
    }
    this.#setTimer();
  }
}
