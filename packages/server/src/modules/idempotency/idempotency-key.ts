import type { IncomingHttpHeaders } from 'node:http';
import { Problem } from '../../http/problem.js';

const visibleAscii = /^[\x21-\x7e]{1,255}$/;

/**
 * What `Idempotency-Key` says; `undefined` where it is not there. Node joins a repeated field with a comma and a space,
 * and a space is refused.
 */
export function idempotencyKeyIn(headers: IncomingHttpHeaders): string | undefined {
  const key = headers['idempotency-key'];
  if (key === undefined || (typeof key === 'string' && visibleAscii.test(key))) return key;
  throw new Problem(
    'invalid_request',
    'Idempotency-Key must be one text of 1 to 255 visible ASCII characters, such as a UUID.',
  );
}
