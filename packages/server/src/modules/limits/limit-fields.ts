import type { Fields } from '../../http/answers.js';
import type { Policy } from './policy.js';
import type { WindowLimiter } from './window-limiter.js';

/** What a field about one policy says (draft-ietf-httpapi-ratelimit-headers-10). */
export type PolicyState = Pick<WindowLimiter, 'policy' | 'remaining' | 'secondsToEnd'>;

/** `"burst";q=100;w=60,"daily";q=100000;w=86400` */
export function policyField(policies: readonly Policy[]): string {
  return policies.map(({ name, quota, windowSeconds }) => `"${name}";q=${quota};w=${windowSeconds}`).join(',');
}

/** Adds `RateLimit-Policy`, and `RateLimit` of the policy that is nearest to being used up. */
export function addLimitFields(fields: Fields, policies: string, states: readonly PolicyState[]): void {
  const nearest = states.reduce((one, other) => (partLeft(other) < partLeft(one) ? other : one));
  const { policy } = nearest;
  const state = `"${policy.name}";r=${nearest.remaining()};t=${nearest.secondsToEnd()}`;
  fields.push('RateLimit-Policy', policies, 'RateLimit', state);
}

function partLeft(state: PolicyState): number {
  return state.remaining() / state.policy.quota;
}
