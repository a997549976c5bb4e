import type { ServerResponse } from 'node:http';
import type { Millis } from '@larder/cache';
import type { Fields } from '../../http/answers.js';
import type { ProblemCode } from '../../http/error-registry.js';
import type { ServiceClock } from '../../service.js';
import type { TenantLimits } from '../tenants/tenant-limits.js';
import { ConcurrencySlots } from './concurrency-slots.js';
import { addLimitFields, policyField } from './limit-fields.js';
import { type Policy, policiesOf, problemOfPolicy } from './policy.js';
import type { WindowLimiter } from './window-limiter.js';

/** Why a request is refused. */
export interface Refusal {
  readonly reason: 'burst' | 'daily' | 'concurrency';
  readonly code: ProblemCode;
  readonly detail: string;
  readonly fields: Readonly<Record<string, string>>;
}

export interface TenantGateParts {
  readonly clock: Pick<ServiceClock, 'now'>;
  readonly limiterOf: (policy: Policy) => WindowLimiter;
  /** There is something to look after from now on, until `look` says otherwise. */
  readonly onActive: (gate: TenantGate) => void;
  readonly onRefusal: (reason: Refusal['reason']) => void;
}

/** What one tenant's requests pass before anything is done for them. */
export class TenantGate {
  readonly #parts: TenantGateParts;
  readonly #slots = new ConcurrencySlots();
  #concurrency: number | null = null;
  #limiters: readonly WindowLimiter[] = [];
  #policyField = '';
  #isActive = false;

  constructor(parts: TenantGateParts) {
    this.#parts = parts;
  }

  get limiters(): readonly WindowLimiter[] {
    return this.#limiters;
  }

  /** Limits that are as before keep what they have counted. */
  setLimits(limits: TenantLimits): void {
    this.#concurrency = limits.concurrency;
    const policies = policiesOf(limits);
    const before = this.#limiters;
    this.#limiters = policies.map(
      (policy) => before.find((limiter) => isSame(limiter.policy, policy)) ?? this.#parts.limiterOf(policy),
    );
    for (const limiter of before) if (!this.#limiters.includes(limiter)) void limiter.close();
    this.#policyField = policyField(policies);
  }

  /** Whether a request may go on, decided at once; `undefined` where that takes the shared counter. */
  admitNow(response: ServerResponse, now: Millis): Refusal | 'admitted' | undefined {
    const denied = this.#takeNow(now);
    if (denied === 'unknown') return undefined;
    if (denied !== undefined) return this.#refused(denied, 1);
    if (this.#occupy(response)) return 'admitted';
    this.putBack(1);
    return this.#tooMany();
  }

  /** Asks the shared counter where `admitNow` could not tell. Who waits for it counts as under way. */
  async admit(response: ServerResponse): Promise<Refusal | undefined> {
    return this.#occupy(response) ? this.charge(1) : this.#tooMany();
  }

  /** Takes so many units of each policy, or none of any. */
  async charge(units: number): Promise<Refusal | undefined> {
    this.#activate();
    for (const [at, limiter] of this.#limiters.entries()) {
      if (await limiter.takeOrWait(units)) continue;
      this.#putBackBefore(at, units);
      return this.#refused(limiter, units);
    }
    return undefined;
  }

  /** A unit that was taken for what then was refused as a whole. */
  putBack(units: number): void {
    for (const limiter of this.#limiters) limiter.putBack(units);
  }

  addFields(fields: Fields): void {
    if (this.#limiters.length === 0) return;
    addLimitFields(fields, this.#policyField, this.#limiters, this.#parts.clock.now());
  }

  look(): boolean {
    // Each of them, whatever the first says.
    this.#isActive = this.#limiters.map((limiter) => limiter.look()).includes(true);
    return this.#isActive;
  }

  async close(): Promise<void> {
    await Promise.all(this.#limiters.map((limiter) => limiter.close()));
  }

  #takeNow(now: Millis): WindowLimiter | 'unknown' | undefined {
    this.#activate();
    for (let at = 0; at < this.#limiters.length; at++) {
      const limiter = this.#limiters[at] as WindowLimiter;
      const verdict = limiter.take(1, now);
      if (verdict === 'taken') continue;
      this.#putBackBefore(at, 1);
      return verdict === 'denied' ? limiter : 'unknown';
    }
    return undefined;
  }

  #putBackBefore(end: number, units: number): void {
    for (const limiter of this.#limiters.slice(0, end)) limiter.putBack(units);
  }

  #activate(): void {
    if (this.#isActive || this.#limiters.length === 0) return;
    this.#isActive = true;
    this.#parts.onActive(this);
  }

  #occupy(response: ServerResponse): boolean {
    return this.#concurrency === null || this.#slots.take(this.#concurrency, response);
  }

  #refused(limiter: WindowLimiter, units: number): Refusal {
    const { name, quota } = limiter.policy;
    this.#parts.onRefusal(name);
    const seconds = limiter.secondsToEnd();
    const detail =
      units > quota
        ? `This costs more than the ${quota} requests that the tenant may send at all. Send less at a time.`
        : name === 'burst'
          ? `The tenant has sent too many requests. Go on in ${seconds} seconds.`
          : `The tenant has used up its requests of this day (UTC). Go on in ${seconds} seconds.`;
    return { reason: name, code: problemOfPolicy[name], detail, fields: { 'Retry-After': String(seconds) } };
  }

  #tooMany(): Refusal {
    this.#parts.onRefusal('concurrency');
    return {
      reason: 'concurrency',
      code: 'rate_limited',
      detail: `The tenant has ${this.#concurrency} requests under way, which is all that it may have at the same time.`,
      fields: { 'Retry-After': '1' },
    };
  }
}

function isSame(one: Policy, other: Policy): boolean {
  return one.name === other.name && one.quota === other.quota && one.windowSeconds === other.windowSeconds;
}
