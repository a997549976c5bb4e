import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Limits } from '../limits.js';
import type { Traffic } from '../modules/stats/traffic.js';
import { type JsonDocument, parseJson } from './json-document.js';
import { essence, jsonMediaType } from './media-type.js';
import { Problem } from './problem.js';

const noBytes = new Uint8Array(0);

/**
 * Every body arrives as bytes, whatever its type. Fastify counts them while they stream in and stops at the limit, or
 * before the first if `Content-Length` is already beyond it.
 */
export function takeBodiesAsBytes(app: FastifyInstance, limits: Limits, traffic: Pick<Traffic, 'received'>): void {
  app.removeAllContentTypeParsers();
  const asTheyAre = (_request: FastifyRequest, body: Buffer, done: (error: null, body: Buffer) => void) => {
    traffic.received(body.byteLength);
    done(null, body);
  };
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: limits.valueBytes }, asTheyAre);
  app.addContentTypeParser(jsonMediaType, { parseAs: 'buffer', bodyLimit: limits.envelopeBytes }, asTheyAre);
}

/** The body of a request; empty where it has none. */
export function bodyBytes(request: FastifyRequest): Uint8Array {
  return request.body instanceof Uint8Array ? request.body : noBytes;
}

/** @throws Problem unless the body is `application/json` */
export function jsonBody(request: FastifyRequest): JsonDocument {
  if (essence(request.headers['content-type'] ?? '') !== jsonMediaType) {
    throw new Problem('unsupported_media_type', `Send this body as ${jsonMediaType}.`);
  }
  return parseJson(bodyBytes(request));
}
