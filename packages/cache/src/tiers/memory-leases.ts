import type { LeaseAnswer, Leases } from '../contracts/lease.js';
import type { Clock, Millis } from '../contracts/time.js';
import { decideExtend, decideRelease, decideTake, type LeaseDecision, type LeaseRecord } from '../policy/lease.js';

/** Below this, nobody looks for records of leases that are over. */
const fewRecords = 1_000;

/** Leases within this process, for a cache that shares nothing. */
export class MemoryLeases implements Leases {
  readonly #clock: Clock;
  readonly #records = new Map<string, LeaseRecord>();
  /** Of all names, so that none has to be remembered: the next token of any name is greater. */
  #lastToken = 0;
  #sweepAbove = fewRecords;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async take(name: string, holder: string, life: Millis): Promise<LeaseAnswer> {
    const now = this.#clock.now();
    const record = this.#records.get(name) ?? { holder: '', fencingToken: this.#lastToken, until: 0 };
    return this.#apply(name, decideTake(record, holder, life, now), now);
  }

  async extend(name: string, holder: string, life: Millis): Promise<boolean> {
    const now = this.#clock.now();
    return this.#apply(name, decideExtend(this.#records.get(name), holder, life, now), now);
  }

  async release(name: string, holder: string): Promise<boolean> {
    const now = this.#clock.now();
    return this.#apply(name, decideRelease(this.#records.get(name), holder, now), now);
  }

  #apply<Answer>(name: string, { answer, record }: LeaseDecision<Answer>, now: Millis): Answer {
    if (record === undefined) return answer;
    this.#lastToken = Math.max(this.#lastToken, record.fencingToken);
    this.#records.set(name, record);
    if (this.#records.size > this.#sweepAbove) this.#sweep(now);
    return answer;
  }

  /** Whenever there are twice as many as the last sweep left: each costs a constant share of one. */
  #sweep(now: Millis): void {
    for (const [name, { until }] of this.#records) if (now >= until) this.#records.delete(name);
    this.#sweepAbove = Math.max(fewRecords, 2 * this.#records.size);
  }
}
