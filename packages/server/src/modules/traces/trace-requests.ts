import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { addresses } from '../../http/addresses.js';
import { rememberTrace, routeOf } from '../../http/routed-request.js';
import { remoteSpan } from '../../http/trace-context.js';
import { whenOver } from '../../http/when-over.js';
import type { Tracing } from './open-tracing.js';
import type { ContextShape, OpenTelemetryShape, SpanAttributes, SpanShape } from './opentelemetry-shape.js';

/** `SpanKind.SERVER` and `SpanStatusCode.ERROR`; the package itself is not loaded for a number. */
const serverKind = 1;
const errorStatus = 2;

/** The methods whose names the semantic conventions let into a name; a stranger may send any other. */
const knownMethods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH']);

/**
 * Makes a server span of each request, below the span that the request names. It says the address without what stands
 * for the braces, and neither path nor query: keys are in there.
 */
export function traceRequests({ api, tracer }: Tracing, listener: RequestListener): RequestListener {
  return (request, response) => {
    const attributes = attributesOf(request);
    const route = attributes['http.route'];
    const method = attributes['http.request.method'] === '_OTHER' ? 'HTTP' : attributes['http.request.method'];
    const name = route === undefined ? String(method) : `${method} ${route}`;
    const span = tracer.startSpan(name, { kind: serverKind, attributes }, parentOf(api, request));
    rememberTrace(request, span.spanContext().traceId);
    whenOver(response, () => end(span, response));
    api.context.with(api.trace.setSpan(api.ROOT_CONTEXT, span), () => listener(request, response));
  };
}

function attributesOf(request: IncomingMessage): SpanAttributes {
  const { method = '' } = request;
  const route = routeOf(request);
  return {
    'http.request.method': knownMethods.has(method) ? method : '_OTHER',
    'url.scheme': 'http',
    'network.protocol.version': request.httpVersion,
    ...(route === 'unknown' ? {} : { 'http.route': addresses[route] }),
  };
}

function parentOf(
  { ROOT_CONTEXT, createTraceState, trace }: OpenTelemetryShape,
  request: IncomingMessage,
): ContextShape {
  const remote = remoteSpan(request.headers);
  if (remote === undefined) return ROOT_CONTEXT;
  const { traceId, spanId, flags, state } = remote;
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId,
    spanId,
    traceFlags: flags,
    isRemote: true,
    ...(state === undefined ? {} : { traceState: createTraceState(state) }),
  });
}

function end(span: SpanShape, response: ServerResponse): void {
  const { statusCode } = response;
  if (!response.writableFinished) {
    span.setAttributes({ 'error.type': 'aborted' });
  } else {
    span.setAttributes({ 'http.response.status_code': statusCode });
    if (statusCode >= 500) {
      span.setAttributes({ 'error.type': String(statusCode) });
      span.setStatus({ code: errorStatus });
    }
  }
  span.end();
}
