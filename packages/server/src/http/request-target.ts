import { addresses, type KnownRoute, type RouteName } from './addresses.js';
import { keyFromBase64url, keyFromSegment } from './entry-key.js';
import { Problem } from './problem.js';

/** What a request is about, read from the target as it was sent. */
export interface RequestTarget {
  readonly route: RouteName;
  /** Empty for a route without a key. */
  readonly key: string;
  /** What stands for the braces of an address other than an entry's, in their order. */
  readonly parameters: readonly string[];
  /** Behind the question mark, still encoded. */
  readonly query: string;
}

const noParameters: readonly string[] = Object.freeze([]);

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
    if (route === undefined) return { route: 'unknown', key: '', parameters: noParameters, query };
    const segment = segmentEnd === -1 ? path.slice(prefix.length) : path.slice(prefix.length, segmentEnd);
    return { route, key: decode(segment), parameters: noParameters, query };
  }
  return { ...addressOf(path), key: '', query };
}

const fixedRoutes = new Map<string, KnownRoute>();
const patterns: { readonly route: KnownRoute; readonly segments: readonly string[] }[] = [];

for (const [route, address] of Object.entries(addresses) as [KnownRoute, string][]) {
  if (address.startsWith('/v1/cache/')) continue;
  if (address.includes('{')) patterns.push({ route, segments: address.split('/') });
  else fixedRoutes.set(address, route);
}

function addressOf(path: string): Pick<RequestTarget, 'route' | 'parameters'> {
  const fixed = fixedRoutes.get(path);
  if (fixed !== undefined) return { route: fixed, parameters: noParameters };
  const segments = path.split('/');
  const found = patterns.find((pattern) => isOf(pattern.segments, segments));
  if (found === undefined) return { route: 'unknown', parameters: noParameters };
  const parameters = segments.filter((_, at) => isParameter(found.segments[at])).map(keyFromSegment);
  return { route: found.route, parameters };
}

function isOf(pattern: readonly string[], segments: readonly string[]): boolean {
  return pattern.length === segments.length && pattern.every((part, at) => isParameter(part) || part === segments[at]);
}

function isParameter(part: string | undefined): boolean {
  return part?.startsWith('{') === true;
}
