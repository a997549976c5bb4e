import {
  type ErrorCode,
  LarderError,
  StoreError,
  UnsupportedByStoreError,
  UnsupportedValueError,
} from '../../errors.js';

export const storeName = 'remote';

type StoreErrorCode = Extract<ErrorCode, `LARDER_STORE_${string}`>;

export function failed(message: string, cause?: unknown, code: StoreErrorCode = 'LARDER_STORE_FAILED'): StoreError {
  return new StoreError(storeName, message, { code, cause });
}

/** What a problem of the service means for the caller of the store. */
export function refused(status: number, code: string): LarderError {
  switch (status) {
    case 401:
      return failed('The service does not know the API key, or it has ended: give the remoteStore another.');
    case 403:
      return failed('The API key lacks a scope, or is for some prefixes only: see docs/stores/remote.md.');
    case 413:
      return new UnsupportedValueError('value', 'is larger than the service takes: turn compression on.');
    case 501:
      return new UnsupportedByStoreError('The store behind the service has no way to do this.');
    case 507:
      return failed('The service has no space left for this tenant.', undefined, 'LARDER_STORE_FULL');
    case 503:
      return failed(
        'The service is shutting down, or its store does not answer.',
        undefined,
        'LARDER_STORE_UNAVAILABLE',
      );
    case 504:
      return failed('The store behind the service took too long.', undefined, 'LARDER_STORE_TIMEOUT');
    default:
      return failed(`The service answered with ${status} ${code}.`);
  }
}

export function connectionFailed(cause: unknown): LarderError {
  if (cause instanceof LarderError) return cause;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return failed(`The connection to the service failed: ${reasonOf(code)}.`, cause);
}

function reasonOf(code: string): string {
  switch (code) {
    case 'ECONNREFUSED':
      return 'nothing listens there. Start it with npm start, or correct url';
    case 'ENOTFOUND':
      return 'there is no such host. Correct url';
    case 'ECONNRESET':
    case 'EPIPE':
      return 'the other side closed it';
    default:
      return code === '' ? 'see the cause' : code;
  }
}
