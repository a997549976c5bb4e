import { expect, it } from 'vitest';
import { addLimitFields, policyField } from '../../../src/modules/limits/limit-fields.js';
import { type Policy, policiesOf, windowAt, windowEnd } from '../../../src/modules/limits/policy.js';

const policies = policiesOf({ burst: { requests: 100, seconds: 60 }, daily: { requests: 100_000 } });
const state = (policy: Policy | undefined, remaining: number, seconds: number) => ({
  policy: policy ?? { name: 'burst' as const, quota: 1, windowSeconds: 1 },
  remaining: () => remaining,
  secondsToEnd: () => seconds,
});

it('RateLimit-Policy names every policy with its quota and window', () => {
  expect(policyField(policies)).toBe('"burst";q=100;w=60,"daily";q=100000;w=86400');
});

it('RateLimit tells of the policy of which the smallest part is left', () => {
  const fieldsWith = (burst: number, daily: number) => {
    const fields: string[] = [];
    addLimitFields(fields, 'p', [state(policies[0], burst, 30), state(policies[1], daily, 4_000)], 0);
    return fields;
  };
  expect(fieldsWith(50, 99_000)).toEqual(['RateLimit-Policy', 'p', 'RateLimit', '"burst";r=50;t=30']);
  expect(fieldsWith(100, 20)).toEqual(['RateLimit-Policy', 'p', 'RateLimit', '"daily";r=20;t=4000']);
});

it('windows follow the clock: minutes begin with the minute, days with midnight in UTC', () => {
  const [minute, day] = policies;
  if (minute === undefined || day === undefined) throw new Error('There must be two policies.');
  const noon = Date.UTC(2026, 4, 5, 12, 0, 0);
  expect(windowEnd(windowAt(noon, minute), minute)).toBe(noon + 60_000);
  expect(windowEnd(windowAt(noon + 59_999, minute), minute)).toBe(noon + 60_000);
  expect(windowEnd(windowAt(noon, day), day)).toBe(Date.UTC(2026, 4, 6));
});
