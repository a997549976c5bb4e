import { addresses } from '../../http/addresses.js';
import { errorRegistry, type ProblemCode } from '../../http/error-registry.js';
import type { Described, Operation } from '../../http/operation.js';

/**
 * With which a request may be refused before it has reached an operation, at every address: it is malformed, late or too
 * large, or nothing is served there.
 */
export const beforeOperations: readonly ProblemCode[] = [
  'invalid_request',
  'invalid_key',
  'route_not_found',
  'method_not_allowed',
  'request_timeout',
  'value_too_large',
  'key_too_long',
  'expectation_failed',
  'header_too_large',
];

/** All that an operation may be refused with: what it says itself, and what follows from what it is. */
export function problemsOf(operation: Operation): readonly ProblemCode[] {
  const codes = new Set<ProblemCode>(['invalid_request', 'internal_error', ...(operation.problems ?? [])]);
  if (addresses[operation.route].includes('{')) add('invalid_key', 'key_too_long');
  if (operation.method !== 'GET') add('value_too_large', 'unsupported_media_type');
  if (operation.isOpen !== true) add('unauthenticated', 'store_unavailable', 'store_timeout');
  if (operation.scope !== undefined) add('insufficient_scope');
  if (operation.isOpen !== true) add('rate_limited', 'quota_exceeded');
  if (operation.isRepeatable) add('idempotency_in_flight', 'idempotency_answer_gone', 'idempotency_key_reused');
  return [...codes].sort((left, right) => errorRegistry[left].status - errorRegistry[right].status);

  function add(...more: readonly ProblemCode[]): void {
    for (const code of more) codes.add(code);
  }
}

/** The codes of each status, in the order of the statuses. */
export function byStatus(codes: readonly ProblemCode[]): ReadonlyMap<number, readonly ProblemCode[]> {
  const groups = new Map<number, ProblemCode[]>();
  for (const code of codes) {
    const { status } = errorRegistry[code];
    groups.set(status, [...(groups.get(status) ?? []), code]);
  }
  return groups;
}

const retryAfter: Described = { description: 'After how many seconds to try again.', schema: { type: 'integer' } };

/** What the fields of all answers of an operation depend on. */
export type OperationKind = 'open' | 'limited' | 'repeatable';

export function kindOf({ isOpen, isRepeatable }: Operation): OperationKind {
  return isOpen ? 'open' : isRepeatable ? 'repeatable' : 'limited';
}

const text = { type: 'string' };

const limitFields: Readonly<Record<string, Described>> = {
  'RateLimit-Policy': { description: 'The limits of the tenant, where it has some.', schema: text },
  RateLimit: { description: 'What is left of the one that is nearest to its end.', schema: text },
};

const replayed: Described = {
  description: 'This is the answer to the first request with this Idempotency-Key.',
  schema: { const: 'true' },
};

/** The fields that any answer of an operation may have, whatever it says. */
export const kindFields: Readonly<Record<OperationKind, Readonly<Record<string, Described>>>> = {
  open: {},
  limited: limitFields,
  repeatable: { ...limitFields, 'Idempotency-Replayed': replayed },
};

/** The fields that tell more about a problem, by its status. */
export const problemFields: Readonly<Record<number, Readonly<Record<string, Described>>>> = {
  401: {
    'WWW-Authenticate': { description: 'How to authenticate.', schema: { type: 'string' }, isRequired: true },
  },
  405: {
    Allow: { description: 'The methods that this address takes.', schema: { type: 'string' }, isRequired: true },
  },
  409: { 'Retry-After': retryAfter },
  429: { 'Retry-After': { ...retryAfter, isRequired: true } },
  415: { 'Accept-Patch': { description: 'What PATCH takes here.', schema: { type: 'string' } } },
  503: { 'Retry-After': { ...retryAfter, isRequired: true } },
  507: { 'Retry-After': retryAfter },
};

const idempotencyKey: Described = {
  description: 'A text of your own. Sent again with it, the request is done once, and answered as the first time.',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
};

/** The fields of its requests: what it says itself, and what follows from what it is. */
export function requestFieldsOf({ fields = {}, isRepeatable = false }: Operation): Readonly<Record<string, Described>> {
  return isRepeatable ? { ...fields, 'Idempotency-Key': idempotencyKey } : fields;
}
