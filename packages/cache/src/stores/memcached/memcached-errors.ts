import { type ErrorCode, LarderError, StoreError, UnsupportedValueError } from '../../errors.js';
import type { MetaReply } from './meta-replies.js';

export const storeName = 'memcached';

type StoreErrorCode = Extract<ErrorCode, `LARDER_STORE_${string}`>;

export function failed(message: string, cause?: unknown, code: StoreErrorCode = 'LARDER_STORE_FAILED'): StoreError {
  return new StoreError(storeName, message, { code, cause });
}

/** `server` is its address, and nothing secret. */
export function connectionFailed(server: string, cause: unknown): LarderError {
  if (cause instanceof LarderError) return cause;
  const reason = cause instanceof Error ? (reasonOf(cause) ?? cause.message) : String(cause);
  return failed(`The connection to the memcached server at ${server} failed: ${reason}.`, cause);
}

function reasonOf(error: Error): string | undefined {
  const code = 'code' in error ? error.code : undefined;
  if (code === 'ECONNREFUSED') return 'nothing listens there. Start memcached, or correct servers';
  if (code === 'ENOTFOUND') return 'there is no such host. Correct servers';
  if (code === 'ECONNRESET' || code === 'EPIPE') return 'the server closed it';
  return typeof code === 'string' ? `${error.message} (${code})` : undefined;
}

/** What an error line of the server means to whoever asked. */
export function replyError(server: string, { code, rest }: MetaReply): LarderError {
  if (/unauthenticated|authentication/i.test(rest)) return authFailed(server, rest);
  if (/out of memory/i.test(rest)) {
    const advice = 'Give it more memory (-m), or let it evict (do not start it with -M)';
    return failed(`The memcached server at ${server} is out of memory. ${advice}.`, rest, 'LARDER_STORE_FULL');
  }
  if (/too large/i.test(rest)) {
    const limit = `the memcached server at ${server} refused it for its limit of an item`;
    return new UnsupportedValueError('value', `is too large: ${limit}. Start memcached with a larger -I.`);
  }
  return failed(`The memcached server at ${server} answered ${code} ${rest}.`);
}

export function authFailed(server: string, answer: string): StoreError {
  const advice = 'Set auth: { username, password } to a pair from the file that memcached was started with (-Y)';
  return failed(`The memcached server at ${server} wants to know who asks, and said "${answer}". ${advice}.`);
}
