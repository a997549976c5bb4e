import type { IncomingMessage } from 'node:http';
import type { RouteName } from './addresses.js';
import { Problem } from './problem.js';
import { parseRequestTarget, type RequestTarget } from './request-target.js';

const routed = Symbol('routed');

interface Routed {
  readonly target: RequestTarget;
  /** Why the target cannot be used. Thrown where Fastify's error handler is in reach. */
  readonly problem: Problem | undefined;
}

type RoutedRequest = IncomingMessage & { [routed]?: Routed };

const nowhere: RequestTarget = Object.freeze({ route: 'unknown', key: '', parameters: [], query: '' });

/** Where a module hangs its handlers. Fastify sees these few fixed paths, never a target as it was sent. */
export function routePath(route: RouteName): string {
  return `/${route}`;
}

/** Parses the target as it was sent, keeps it with the request, and says which fixed path it belongs to. */
export function routeRequest(request: IncomingMessage): string {
  const found = readTarget(request.url ?? '');
  (request as RoutedRequest)[routed] = found;
  return routePath(found.target.route);
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
    return { target: parseRequestTarget(url), problem: undefined };
  } catch (error) {
    if (error instanceof Problem) return { target: nowhere, problem: error };
    throw error;
  }
}
