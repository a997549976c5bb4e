import type { IncomingMessage } from 'node:http';
import type { RouteName } from './addresses.js';
import { Problem } from './problem.js';
import { parseRequestTarget, type RequestTarget } from './request-target.js';
import { remoteSpan } from './trace-context.js';

const routed = Symbol('routed');

interface Routed {
  readonly target: RequestTarget;
  /** Why the target cannot be used. Thrown where Fastify's error handler is in reach. */
  readonly problem: Problem | undefined;
  /** By the stopwatch of the service. */
  arrival: number;
  /** Of the span that is made of the request. */
  traceId: string | undefined;
}

type RoutedRequest = IncomingMessage & { [routed]?: Routed };

const nowhere: RequestTarget = Object.freeze({ route: 'unknown', key: '', parameters: [], query: '' });

/** Where a module hangs its handlers. Fastify sees these few fixed paths, never a target as it was sent. */
export function routePath(route: RouteName): string {
  return `/${route}`;
}

/** Parses the target as it was sent and keeps it with the request. Comes before everything else. */
export function routeRequest(request: IncomingMessage, arrival: number): void {
  const found = readTarget(request.url ?? '');
  found.arrival = arrival;
  (request as RoutedRequest)[routed] = found;
}

/** The fixed path that the request belongs to. */
export function routedPath(request: IncomingMessage): string {
  return routePath(routeOf(request));
}

export function arrivalOf(request: IncomingMessage): number {
  return (request as RoutedRequest)[routed]?.arrival ?? 0;
}

/** Under which trace the request is recorded, here or at least where it comes from. */
export function traceIdOf(request: IncomingMessage): string | undefined {
  return (request as RoutedRequest)[routed]?.traceId ?? remoteSpan(request.headers)?.traceId;
}

export function rememberTrace(request: IncomingMessage, traceId: string): void {
  const found = (request as RoutedRequest)[routed];
  if (found !== undefined) found.traceId = traceId;
}

/** @throws Problem if the target is malformed */
export function targetOf(request: IncomingMessage): RequestTarget {
  const found = (request as RoutedRequest)[routed];
  if (found?.problem !== undefined) throw found.problem;
  return found?.target ?? nowhere;
}

export function routeOf(request: IncomingMessage): RouteName {
  return (request as RoutedRequest)[routed]?.target.route ?? 'unknown';
}

function readTarget(url: string): Routed {
  try {
    return { target: parseRequestTarget(url), problem: undefined, arrival: 0, traceId: undefined };
  } catch (error) {
    if (error instanceof Problem) return { target: nowhere, problem: error, arrival: 0, traceId: undefined };
    throw error;
  }
}
