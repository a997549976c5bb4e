import type { LogFields, Logger } from '../logger.js';
import type { Exchange } from './exchange.js';
import { routeOf, traceIdOf } from './routed-request.js';

/** A line for each answer. */
export interface AnswerLog {
  /** False spares the caller the call. */
  readonly isOn: boolean;
  answered(exchange: Exchange, status: number, milliseconds: number, bytes: number): void;
}

/** At level info where the access log is on; otherwise at level debug. */
export function createAnswerLog(logger: Logger, accessLog: boolean): AnswerLog {
  return {
    isOn: accessLog || logger.isDebug,
    answered(exchange, status, milliseconds, bytes) {
      const { raw, caller } = exchange.request;
      const fields: LogFields = {
        ...requestFields(exchange),
        method: raw.method,
        route: routeOf(raw),
        status,
        milliseconds: Math.round(milliseconds * 1_000) / 1_000,
        bytes,
        tenant: caller?.tenant.id,
        keyId: caller?.keyId,
      };
      if (accessLog) logger.info('answered', fields);
      else logger.debug('answered', fields);
    },
  };
}

/** What every line about a request names it by. */
export function requestFields({ request }: Pick<Exchange, 'request'>): LogFields {
  return { requestId: request.id, traceId: traceIdOf(request.raw) };
}
