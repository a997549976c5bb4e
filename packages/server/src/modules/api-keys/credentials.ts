import { Problem } from '../../http/problem.js';

const bearer = /^bearer +(.+)$/i;

/** The fields that may hold an API key. */
export interface KeyFields {
  readonly authorization?: string | undefined;
  readonly 'x-api-key'?: string | readonly string[] | undefined;
}

/**
 * The API key that a request presents, in `Authorization: Bearer` (RFC 6750, 2.1) or `X-API-Key`; `undefined` if there
 * is none. Never from the query, which ends up in logs and histories.
 *
 * @throws Problem if both fields are there and differ
 */
export function presentedKey(headers: KeyFields): string | undefined {
  const { authorization } = headers;
  const own = headers['x-api-key'];
  const bearerKey = authorization === undefined ? undefined : bearer.exec(authorization)?.[1];
  if (own === undefined) return bearerKey;
  if (authorization !== undefined && bearerKey !== own) {
    throw new Problem('invalid_request', 'Authorization and X-API-Key name different keys.');
  }
  return String(own);
}
