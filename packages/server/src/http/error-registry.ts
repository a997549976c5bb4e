interface ErrorDefinition {
  readonly status: number;
  /** The same for every problem with this code (RFC 9457, 3.1.3). */
  readonly title: string;
  /** Whether the same request can succeed later without being changed. */
  readonly retryable: boolean;
}

/** Every code of a problem the service answers with. Each has a row in docs/errors-http.md, which a test compares. */
export const errorRegistry = {
  invalid_request: { status: 400, title: 'The request is malformed', retryable: false },
  invalid_key: { status: 400, title: 'The key cannot be used', retryable: false },
  invalid_ttl: { status: 400, title: 'The time to live cannot be used', retryable: false },
  invalid_body: { status: 400, title: 'The body cannot be used', retryable: false },
  invalid_cursor: { status: 400, title: 'The cursor does not belong to this listing', retryable: false },
  unauthenticated: { status: 401, title: 'A valid API key is needed', retryable: false },
  insufficient_scope: { status: 403, title: 'The API key does not allow this', retryable: false },
  key_not_found: { status: 404, title: 'There is no entry under this key', retryable: false },
  tenant_not_found: { status: 404, title: 'There is no such tenant', retryable: false },
  api_key_not_found: { status: 404, title: 'There is no such API key', retryable: false },
  webhook_not_found: { status: 404, title: 'There is no such webhook', retryable: false },
  route_not_found: { status: 404, title: 'There is nothing at this address', retryable: false },
  method_not_allowed: { status: 405, title: 'This address does not take that method', retryable: false },
  request_timeout: { status: 408, title: 'The request took too long to arrive', retryable: true },
  api_key_rotated: { status: 409, title: 'Another API key has taken its place', retryable: false },
  tenant_exists: { status: 409, title: 'There is a tenant with this id', retryable: false },
  lock_held: { status: 409, title: 'Somebody else holds the lock', retryable: true },
  idempotency_in_flight: { status: 409, title: 'The first request is still under way', retryable: true },
  idempotency_answer_gone: { status: 409, title: 'The request was done, and its answer not kept', retryable: false },
  precondition_failed: { status: 412, title: 'The entry is not in the state asked for', retryable: false },
  value_too_large: { status: 413, title: 'The body is larger than allowed', retryable: false },
  key_too_long: { status: 414, title: 'The key is longer than allowed', retryable: false },
  unsupported_media_type: { status: 415, title: 'This type of body is not taken here', retryable: false },
  expectation_failed: { status: 417, title: 'The expectation cannot be met', retryable: false },
  not_an_integer: { status: 422, title: 'The value cannot be counted on', retryable: false },
  not_json: { status: 422, title: 'The value is not JSON', retryable: false },
  idempotency_key_reused: { status: 422, title: 'The Idempotency-Key is of another request', retryable: false },
  rate_limited: { status: 429, title: 'Too many requests', retryable: true },
  quota_exceeded: { status: 429, title: 'The quota is used up', retryable: true },
  header_too_large: { status: 431, title: 'The head of the request is larger than allowed', retryable: false },
  internal_error: { status: 500, title: 'The service failed', retryable: true },
  unsupported_by_store: { status: 501, title: 'The store has no way to do this', retryable: false },
  store_unavailable: { status: 503, title: 'The store does not answer', retryable: true },
  draining: { status: 503, title: 'The service is shutting down', retryable: true },
  store_timeout: { status: 504, title: 'The store took too long', retryable: true },
  storage_quota: { status: 507, title: 'There is no space left', retryable: true },
} as const satisfies Record<string, ErrorDefinition>;

export type ProblemCode = keyof typeof errorRegistry;

export const problemCodes = Object.keys(errorRegistry) as readonly ProblemCode[];
