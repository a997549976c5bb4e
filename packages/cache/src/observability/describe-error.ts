import { StoreError } from '../errors.js';

/** What may be told of an error without looking into it. */
export interface ErrorDescription {
  readonly name: string;
  readonly code?: string;
  readonly message?: string;
}

/** What a code looks like, such as `ECONNREFUSED` or `23505`; anything else in its place is not told. */
const codePattern = /^[A-Z0-9_]{2,40}$/;

/**
 * An error has a name and perhaps a code. Its message may quote keys and values, so that it is left out, but for what a
 * store says of itself. Stack and cause begin with messages, and are never told.
 */
export function describeError(error: unknown, tellsMessage = false): ErrorDescription {
  if (!(error instanceof Error)) return { name: typeof error };
  const { name, message } = error;
  const code = codeOf(error);
  return {
    name,
    ...(code === undefined ? {} : { code }),
    ...(tellsMessage || error instanceof StoreError ? { message } : {}),
  };
}

function codeOf(error: Error): string | undefined {
  const { code } = error as { readonly code?: unknown };
  return typeof code === 'string' && codePattern.test(code) ? code : undefined;
}
