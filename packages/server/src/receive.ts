import type { RequestListener } from 'node:http';
import { routeRequest } from './http/routed-request.js';
import type { Traffic } from './modules/stats/traffic.js';
import type { Tracing } from './modules/traces/open-tracing.js';
import { traceRequests } from './modules/traces/trace-requests.js';

interface ReceiveParts {
  readonly stopwatch: () => number;
  readonly tracing: Tracing | undefined;
  readonly traffic: Traffic;
}

/** What is done first with each request: it is timed, counted and routed, and traced where somebody wants traces. */
export function receive({ stopwatch, tracing, traffic }: ReceiveParts, listener: RequestListener): RequestListener {
  const next = tracing === undefined ? listener : traceRequests(tracing, listener);
  return (request, response) => {
    traffic.arrived();
    routeRequest(request, stopwatch());
    next(request, response);
  };
}
