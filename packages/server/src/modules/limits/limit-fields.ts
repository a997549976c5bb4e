import type { Millis } from '@larder/cache';
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
export function addLimitFields(fields: Fields, policies: string, states: readonly PolicyState[], now: Millis): void {
  let nearest = states[0] as PolicyState;
  let remaining = nearest.remaining(now);
  for (let at = 1; at < states.length; at++) {
    const state = states[at] as PolicyState;
    const left = state.remaining(now);
    if (left / state.policy.quota >= remaining / nearest.policy.quota) continue;
    nearest = state;
    remaining = left;
  }
  const state = `"${nearest.policy.name}";r=${remaining};t=${nearest.secondsToEnd(now)}`;
  fields.push('RateLimit-Policy', policies, 'RateLimit', state);
}
