import { type ErrorCode as CacheErrorCode, LarderError } from '@larder/cache';
import { errorFields, type Logger } from '../logger.js';
import { requestFields } from './answer-log.js';
import type { Answers } from './answers.js';
import { errorRegistry } from './error-registry.js';
import type { Exchange } from './exchange.js';
import { Problem } from './problem.js';

export type ErrorHandler = (error: unknown, exchange: Exchange) => void;

/** Where everything ends that went wrong while a request was served. */
export function createErrorHandler({ answers, logger }: { answers: Answers; logger: Logger }): ErrorHandler {
  return (error, exchange) => {
    const { code, message, fields } = toProblem(error);
    if (isFailure(error)) {
      logger.error('a request failed', { ...requestFields(exchange), answered: code, ...errorFields(error) });
    }
    answers.problem(exchange, code, message, fields);
  };
}

/** Whether somebody has to look after it: a quota that is used up, or what a store cannot do, is an answer as any other. */
export function isFailure(error: unknown): boolean {
  const { code } = toProblem(error);
  const isExpected = error instanceof Problem && (code === 'storage_quota' || code === 'unsupported_by_store');
  return errorRegistry[code].status >= 500 && code !== 'draining' && !isExpected;
}

/** What the caller is told instead of an error that was not meant for it. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof LarderError) return fromCache(error.code);
  return (
    fromFastify(codeOf(error)) ?? new Problem('internal_error', 'The service met an error that it did not expect.')
  );
}

function fromCache(code: CacheErrorCode): Problem {
  switch (code) {
    case 'LARDER_INVALID_KEY':
    case 'LARDER_INVALID_OPTION':
      return new Problem('invalid_request', 'The store does not take this key, tag, index term or media type.');
    case 'LARDER_UNSUPPORTED_VALUE':
      // A body is nothing but bytes: all that can be wrong with it is its size.
      return new Problem('value_too_large', 'The store behind this service takes no value of this size.');
    case 'LARDER_NOT_AN_INTEGER':
      return new Problem('not_an_integer', 'The value is not an integer.');
    case 'LARDER_UNSUPPORTED_BY_STORE':
      return new Problem('unsupported_by_store', 'The store behind this service has no way to do this.');
    case 'LARDER_LOCK_NOT_ACQUIRED':
      return new Problem('lock_held', 'Somebody else holds the lock.');
    case 'LARDER_STORE_FULL':
      return new Problem('storage_quota', 'The store is full. Reads and deletes go on.');
    case 'LARDER_CLOSED':
      return new Problem('draining', 'The service is shutting down.');
    case 'LARDER_STORE_TIMEOUT':
      return new Problem('store_timeout', 'The store behind this service took too long.');
    case 'LARDER_STORE_FAILED':
    case 'LARDER_STORE_CORRUPT':
    case 'LARDER_STORE_IN_USE':
    case 'LARDER_STORE_UNAVAILABLE':
    case 'LARDER_BUS_FAILED':
    case 'LARDER_CLIENT_MISSING':
      return new Problem('store_unavailable', 'The store behind this service does not answer.');
    case 'LARDER_INVALID_CONFIG':
    case 'LARDER_NOT_AN_OBJECT':
    case 'LARDER_LOADER_TIMEOUT':
    case 'LARDER_NOTHING_TO_RENEW':
    case 'LARDER_RECURSIVE_LOAD':
    case 'LARDER_LOCK_LOST':
      return new Problem('internal_error', 'The service met an error that it did not expect.');
  }
}

function fromFastify(code: string | undefined): Problem | undefined {
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new Problem('value_too_large', 'The body is larger than this address takes.');
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new Problem('unsupported_media_type', 'The Content-Type is not a media type.');
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return new Problem('invalid_request', 'The body is not as long as Content-Length says.');
    case 'ECONNRESET':
      return new Problem('invalid_request', 'The connection ended before the body did.');
    default:
      return undefined;
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
