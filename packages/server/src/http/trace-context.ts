import type { IncomingHttpHeaders } from 'node:http';

/** The span of somebody else that a request was sent in. */
export interface RemoteSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly flags: number;
  /** As it was sent; `undefined` where there is none. */
  readonly state: string | undefined;
}

/** Version 00, and what is known of later versions (W3C Trace Context, 3.2.2 and 4.3). */
const traceparent = /^(?!ff)([\da-f]{2})-(?!0{32})([\da-f]{32})-(?!0{16})([\da-f]{16})-([\da-f]{2})(-.*)?$/;
/** Longer ones may be dropped (3.3.1.5). */
const longestState = 512;

/** `undefined` where the request names none, or not in the form that the specification wants. */
export function remoteSpan(headers: IncomingHttpHeaders): RemoteSpan | undefined {
  const { traceparent: parent, tracestate: state } = headers;
  const [, version, traceId, spanId, flags, more] = typeof parent === 'string' ? (traceparent.exec(parent) ?? []) : [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  if (version === '00' && more !== undefined) return undefined;
  const isKept = typeof state === 'string' && state !== '' && state.length <= longestState;
  return { traceId, spanId, flags: Number.parseInt(flags, 16), state: isKept ? state : undefined };
}
