import type { FastifyRequest } from 'fastify';
import { bodyBytes } from '../../http/body.js';
import { parsePreconditions } from '../../http/conditional.js';
import { binaryMediaType, isMediaType } from '../../http/media-type.js';
import { Problem } from '../../http/problem.js';
import { parseQuery } from '../../http/query.js';
import { targetOf } from '../../http/routed-request.js';
import { requestedTtl } from '../../http/ttl.js';
import type { EntryWrite } from './entry-write.js';

/** The write of a request whose body is the value itself. */
export function writeFromBody(request: FastifyRequest): EntryWrite {
  const { headers } = request;
  refusePartialBodies(headers);
  const contentType = headers['content-type'] ?? binaryMediaType;
  if (!isMediaType(contentType)) throw new Problem('unsupported_media_type', 'The Content-Type is not a media type.');
  return {
    // A copy of its own: a small Buffer is a window into a larger one, which it would keep alive in the memory store.
    value: new Uint8Array(bodyBytes(request)),
    contentType,
    ttlSeconds: requestTtl(request),
    tags: [],
    indexes: {},
    conditions: parsePreconditions(headers),
  };
}

/** The time to live from `?ttl=`, the field `Cache-TTL`, and the body where it has one. */
export function requestTtl(request: FastifyRequest, body?: number): number | undefined {
  const query = parseQuery(targetOf(request.raw).query).get('ttl');
  const header = request.headers['cache-ttl'];
  return requestedTtl({ query, header: Array.isArray(header) ? header.join() : header, body });
}

function refusePartialBodies(headers: FastifyRequest['headers']): void {
  if (headers['content-range'] !== undefined) {
    // RFC 9110, 14.5
    throw new Problem('invalid_request', 'A value cannot be written in parts: Content-Range is refused.');
  }
  if ((headers['content-encoding'] ?? 'identity') !== 'identity') {
    // RFC 9110, 8.4: the coding would be lost, and readers would get bytes that they cannot make sense of.
    throw new Problem('unsupported_media_type', 'Send the value without Content-Encoding.');
  }
}
