import type { CacheEventOf, LoadReason } from '../contracts/events.js';
import type { Clock, Millis } from '../contracts/time.js';
import type { KeyType } from './bounded-labels.js';
import { describeError } from './describe-error.js';
import type { Listeners } from './listen.js';
import type { SpanShape, TracerShape } from './opentelemetry-shape.js';

/** `SpanStatusCode.ERROR`; the package itself is not loaded for a number. */
const errorStatus = 2;

export interface SpanParts {
  readonly tracer: TracerShape;
  readonly clock: Pick<Clock, 'now'>;
  readonly cacheName: string;
  readonly keyType: KeyType | undefined;
}

/** A span for each load, made when it has ended: an event has what the load took. */
export function loadSpans({ tracer, clock, cacheName, keyType }: SpanParts): Listeners {
  function spanOf(event: CacheEventOf<'load'> | CacheEventOf<'load-error'>, end: Millis): SpanShape {
    const { namespace, key, millis } = event;
    const reason: LoadReason = event.reason;
    return tracer.startSpan('larder.load', {
      // A Date, because a small number would be taken for one of the performance clock.
      startTime: new Date(end - millis),
      attributes: {
        'larder.cache': cacheName,
        'larder.namespace': namespace,
        'larder.load.reason': reason,
        ...(keyType === undefined ? {} : { 'larder.key_type': keyType(key, namespace) }),
      },
    });
  }

  return {
    load(event) {
      const end = clock.now();
      spanOf(event, end).end(new Date(end));
    },
    'load-error'(event) {
      const end = clock.now();
      const span = spanOf(event, end);
      const { name, code } = describeError(event.error);
      span.setAttribute('error.type', code ?? name);
      span.setStatus({ code: errorStatus });
      span.end(new Date(end));
    },
  };
}
