import { keyFromBase64url, keyFromSegment } from './entry-key.js';
import { Problem } from './problem.js';

/** The addresses of the service. `unknown` is whatever else was asked for. */
export type RouteName =
  | 'entry'
  | 'exists'
  | 'increment'
  | 'batch'
  | 'keys'
  | 'stats'
  | 'livez'
  | 'readyz'
  | 'metrics'
  | 'unknown';

/** What a request is about, read from the target as it was sent. */
export interface RequestTarget {
  readonly route: RouteName;
  /** Empty for a route without a key. */
  readonly key: string;
  /** Behind the question mark, still encoded. */
  readonly query: string;
}

const fixedRoutes: ReadonlyMap<string, RouteName> = new Map([
  ['/v1/batch', 'batch'],
  ['/v1/keys', 'keys'],
  ['/v1/stats', 'stats'],
  ['/livez', 'livez'],
  ['/readyz', 'readyz'],
  ['/metrics', 'metrics'],
]);

/** `/cache/` is `/v1/cache/` without a version, for good. */
const keyedRoutes: readonly { readonly prefix: string; readonly decode: (segment: string) => string }[] = [
  { prefix: '/v1/cache/', decode: keyFromSegment },
  { prefix: '/cache/', decode: keyFromSegment },
  { prefix: '/v1/b64/', decode: keyFromBase64url },
];

const keyedSuffixes: ReadonlyMap<string, RouteName> = new Map([
  ['', 'entry'],
  ['/exists', 'exists'],
  ['/increment', 'increment'],
]);

/** Anything but visible ASCII, and the fragment, which no target has (RFC 9112, 3.2). */
const notInTarget = /[^\x21-\x7e]|#/;

/**
 * Reads an origin-form target (RFC 9112, 3.2.1) byte for byte. `new URL()` would resolve `%2e%2e` and take `//host` for
 * an authority, and so would give one caller's key to another.
 *
 * @throws Problem if the target is malformed or its key breaks a rule
 */
export function parseRequestTarget(target: string): RequestTarget {
  if (target.charCodeAt(0) !== 0x2f /* slash */) {
    throw new Problem('invalid_request', 'The request target must begin with a slash, without scheme and host.');
  }
  if (notInTarget.test(target)) {
    throw new Problem('invalid_request', 'The request target holds a character that must be percent-encoded.');
  }
  const queryStart = target.indexOf('?');
  const path = queryStart === -1 ? target : target.slice(0, queryStart);
  const query = queryStart === -1 ? '' : target.slice(queryStart + 1);
  for (const { prefix, decode } of keyedRoutes) {
    if (!path.startsWith(prefix)) continue;
    const segmentEnd = path.indexOf('/', prefix.length);
    const route = segmentEnd === -1 ? 'entry' : keyedSuffixes.get(path.slice(segmentEnd));
    if (route === undefined) return { route: 'unknown', key: '', query };
    const segment = segmentEnd === -1 ? path.slice(prefix.length) : path.slice(prefix.length, segmentEnd);
    return { route, key: decode(segment), query };
  }
  return { route: fixedRoutes.get(path) ?? 'unknown', key: '', query };
}
