import type { Millis } from '@larder/cache';
import type { ProblemCode } from '../../http/error-registry.js';
import type { TenantLimits } from '../tenants/tenant-limits.js';

export type PolicyName = 'burst' | 'daily';

/** So many units within each window. Windows follow the clock: each begins where a multiple of their length does. */
export interface Policy {
  readonly name: PolicyName;
  readonly quota: number;
  readonly windowSeconds: number;
}

const secondsOfDay = 86_400;

/** The rate limits among a tenant's limits, the shortest window first. Days are those of UTC. */
export function policiesOf({ burst, daily }: Pick<TenantLimits, 'burst' | 'daily'>): readonly Policy[] {
  const policies: Policy[] = [];
  if (burst !== null) policies.push({ name: 'burst', quota: burst.requests, windowSeconds: burst.seconds });
  if (daily !== null) policies.push({ name: 'daily', quota: daily.requests, windowSeconds: secondsOfDay });
  return policies;
}

export function windowAt(now: Millis, { windowSeconds }: Pick<Policy, 'windowSeconds'>): number {
  return Math.floor(now / (windowSeconds * 1_000));
}

export function windowEnd(window: number, { windowSeconds }: Pick<Policy, 'windowSeconds'>): Millis {
  return (window + 1) * windowSeconds * 1_000;
}

/** What a request is told that finds this policy used up. */
export const problemOfPolicy: Readonly<Record<PolicyName, ProblemCode>> = {
  burst: 'rate_limited',
  daily: 'quota_exceeded',
};
