import { expect, it } from 'vitest';
import { requestSecret } from '../../../src/modules/idempotency/request-secret.js';

const text = Buffer.from('an answer');

it('only who has both the API key and the Idempotency-Key opens an answer', () => {
  const sealed = requestSecret('api key', 'idempotency key').seal(text);
  expect(Buffer.from(requestSecret('api key', 'idempotency key').open(sealed)).equals(text)).toBe(true);
  expect(() => requestSecret('another', 'idempotency key').open(sealed)).toThrow();
  expect(() => requestSecret('api key', 'another').open(sealed)).toThrow();
  for (let at = 0; at < sealed.length; at++) {
    const changed = sealed.slice();
    changed[at] = (changed[at] ?? 0) ^ 1;
    expect(() => requestSecret('api key', 'idempotency key').open(changed)).toThrow();
  }
  expect(() => requestSecret('api key', 'idempotency key').open(sealed.subarray(0, 20))).toThrow();
});

it('a fingerprint tells requests apart, and says nothing to who lacks the secret', () => {
  const request = { method: 'POST', target: '/v1/batch', body: text };
  const fingerprint = requestSecret('api key', 'k').fingerprint(request);
  expect(requestSecret('api key', 'k').fingerprint({ ...request, body: Buffer.from('an answer') })).toBe(fingerprint);
  const others = [
    requestSecret('api key', 'k').fingerprint({ ...request, method: 'PATCH' }),
    requestSecret('api key', 'k').fingerprint({ ...request, target: '/v1/batch?' }),
    requestSecret('api key', 'k').fingerprint({ ...request, body: Buffer.from('another') }),
    requestSecret('another', 'k').fingerprint(request),
    requestSecret('api key', 'l').fingerprint(request),
  ];
  expect(new Set([fingerprint, ...others]).size).toBe(6);
});
